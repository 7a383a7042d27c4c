import { initAll } from './govuk-frontend.js';
import { followConditions } from './follow.js';
import { solveCaptchas } from './captcha.js';

// govuk-frontend's components are enhanced where the page says that the browser can.
document.body.classList.add('js-enabled', 'govuk-frontend-supported');
initAll();
followConditions();
void solveCaptchas();
