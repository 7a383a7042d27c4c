/** Hashes tried before the page is given a moment to breathe. */
const AT_ONCE = 500;

/**
 * Solves the proof of work that the council asks for (ALTCHA's first format) and puts it into the form. Whoever is faster
 * is held back until it is done.
 */
export async function solveCaptchas() {
  for (const field of document.querySelectorAll('[data-captcha]')) {
    const status = field.parentElement.querySelector('[data-captcha-status]');
    const challenge = JSON.parse(field.dataset.captcha);
    if (challenge.provider) {
      status.textContent = 'This council asks for a captcha that this example cannot show.';
      continue;
    }
    let sentBy;
    const hold = (event) => {
      event.preventDefault();
      sentBy = event.submitter;
    };
    field.form.addEventListener('submit', hold);
    const number = await solve(challenge);
    const { algorithm, salt, signature } = challenge;
    field.value = btoa(JSON.stringify({ algorithm, challenge: challenge.challenge, number, salt, signature }));
    field.form.removeEventListener('submit', hold);
    if (sentBy) field.form.requestSubmit(sentBy);
    status.textContent = 'The check that you are not a program is done.';
  }
}

async function solve({ challenge, salt, maxnumber }) {
  const encoder = new TextEncoder();
  for (let number = 0; number <= maxnumber; number += AT_ONCE) {
    const tries = Array.from({ length: AT_ONCE }, (_, nth) => number + nth);
    const hashes = await Promise.all(tries.map((one) => crypto.subtle.digest('SHA-256', encoder.encode(salt + one))));
    const found = hashes.findIndex((hash) => hex(hash) === challenge);
    if (found >= 0) return number + found;
  }
  return -1;
}

function hex(bytes) {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
