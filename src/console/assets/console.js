import { initAll } from './govuk-frontend.js';

// govuk-frontend's components are enhanced where the page says that the browser can.
document.body.classList.add('js-enabled', 'govuk-frontend-supported');
initAll();

// The slider says where it stands while it is moved, and shows that moment when it is let go.
const slider = document.querySelector('[data-slider]');
slider?.addEventListener('input', (event) => {
  slider.querySelector('output').value = event.target.value;
});
slider?.addEventListener('change', () => slider.requestSubmit());
