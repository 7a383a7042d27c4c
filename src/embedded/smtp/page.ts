import type { Mail } from './mailbox.js';

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text made harmless in HTML, in quoted attributes too. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (found) => ESCAPES[found] ?? found);

const STYLE = `
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid #767676; vertical-align: top; overflow-wrap: anywhere; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f3f3f3; padding: 1rem; }
  iframe { width: 100%; height: 30rem; border: 1px solid #767676; background: #fff; }
  dt { font-weight: bold; } dd { margin: 0 0 0.5rem; }
  :focus-visible { outline: 3px solid #1d70b8; outline-offset: 2px; }
`;

const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${content}
</main>
</body>
</html>
`;

const time = (at: string): string =>
  `<time datetime="${escapeHtml(at)}">${escapeHtml(at.replace('T', ' ').replace('Z', ' UTC'))}</time>`;

/** The list of mails, newest first. */
export function listPage(mails: readonly Mail[], to: string | undefined): string {
  const rows = mails.map(
    ({ id, at, to: address, subject }) =>
      `<tr><td>${time(at)}</td><td>${escapeHtml(address)}</td><td><a href="?id=${id}">${escapeHtml(subject || '(no subject)')}</a></td></tr>`,
  );
  const table = `<table>
<caption>${mails.length} mail${mails.length === 1 ? '' : 's'}, newest first</caption>
<thead><tr><th scope="col">Received</th><th scope="col">To</th><th scope="col">Subject</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
  const filter = `<form method="get">
<label for="to">To address</label>
<input id="to" name="to" type="email" value="${escapeHtml(to ?? '')}">
<button type="submit">Show</button>
${to === undefined ? '' : '<a href="?">Show all</a>'}
</form>`;
  return page('Mailbox', `${filter}\n${mails.length === 0 ? '<p>No mail.</p>' : table}`);
}

/** One mail: its text, and its HTML in a frame that may do nothing. */
export function mailPage({ at, to, subject, text, html }: Mail): string {
  const frame = `<h2>HTML</h2>
<iframe title="The mail's HTML" sandbox="" srcdoc="${escapeHtml(html)}"></iframe>`;
  const content = `<p><a href="?">All mail</a></p>
<dl><dt>Received</dt><dd>${time(at)}</dd><dt>To</dt><dd>${escapeHtml(to)}</dd></dl>
<h2>Text</h2>
${text === '' ? '<p>This mail has no text part.</p>' : `<pre>${escapeHtml(text)}</pre>`}
${html === '' ? '' : frame}`;
  return page(subject || '(no subject)', content);
}

export const notFoundPage = (): string => page('Not found', '<p><a href="?">All mail</a></p>');
