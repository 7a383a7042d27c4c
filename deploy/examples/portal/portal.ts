import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Problem } from './api.js';
import { serveAssets } from './assets.js';
import { Catalogue } from './catalogue.js';
import { setCookie } from './cookies.js';
import { renderPage } from './page.js';
import { accountRoutes } from './routes/account.js';
import { catalogueRoutes } from './routes/catalogue.js';
import { fileRoutes } from './routes/files.js';
import { fillRoutes } from './routes/fill.js';
import { finishRoutes } from './routes/finish.js';
import { peopleRoutes } from './routes/people.js';
import { registrationRoutes } from './routes/registration.js';
import { savedFormRoutes } from './routes/saved-forms.js';
import { signInRoutes } from './routes/sign-in.js';
import { submittedFormRoutes } from './routes/submitted-forms.js';
import { Visit, type Settings } from './visit.js';

/** The largest file a council takes, and the form around it. */
const BODY_LIMIT = 12 * 1024 * 1024;

/** Nothing from elsewhere, nothing inline; a page may not be framed. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Answers a visit with a page's HTML, or by having sent the visitor on. */
export type Handler = (visit: Visit) => Promise<string | void>;

/** Where routes are made: GET shows, POST does. */
export interface Routes {
  get(path: string, handler: Handler): void;
  post(path: string, handler: Handler): void;
}

/** The portal as a server, not listening yet. */
export function createPortal(settings: Settings): FastifyInstance {
  const portal = fastify({
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 200 },
    trustProxy: settings.trustedProxies?.length ? settings.trustedProxies : false,
  });
  const catalogue = new Catalogue(settings.api);
  portal.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) void reply.header(name, value);
    if (settings.secure) void reply.header('strict-transport-security', 'max-age=63072000');
  });
  portal.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  portal.addContentTypeParser(/^multipart\/form-data/, { parseAs: 'buffer' }, (request, body, done) => {
    const type = request.headers['content-type'] ?? '';
    new Response(new Uint8Array(body as Buffer), { headers: { 'content-type': type } }).formData().then(
      (form) => done(null, form),
      () => done(Object.assign(new Error('malformed form'), { statusCode: 400 })),
    );
  });
  serveAssets(portal);
  const answering = (handler: Handler) => async (request: FastifyRequest, reply: FastifyReply) => {
    const page = await handler(await Visit.of(request, reply, settings, catalogue));
    return page ?? reply;
  };
  const routes: Routes = {
    get: (path, handler) => void portal.get(path, answering(handler)),
    post: (path, handler) => void portal.post(path, answering(handler)),
  };
  catalogueRoutes(routes);
  registrationRoutes(routes);
  signInRoutes(routes);
  accountRoutes(routes);
  savedFormRoutes(routes);
  peopleRoutes(routes);
  fileRoutes(routes);
  finishRoutes(routes);
  fillRoutes(routes);
  submittedFormRoutes(routes);
  portal.setNotFoundHandler(
    answering(async (visit) => {
      void visit.reply.code(404);
      return visit.show('problem', 'Page not found', { message: 'There is no such page.' });
    }),
  );
  portal.setErrorHandler((error, request, reply) => recover(error, request, reply, settings));
  return portal;
}

/** What a problem that no page expects comes to: logging in, the terms, or a page that says what is the matter. */
async function recover(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  settings: Settings,
): Promise<unknown> {
  if (reply.sent) return reply;
  const back = encodeURIComponent(request.method === 'GET' ? request.url : '/saved-forms');
  if (!(error instanceof Problem)) {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status >= 500) process.stderr.write(`${(error as Error).stack}\n`);
    const said = status === 413 ? 'What you sent is too large.' : 'Something went wrong on our side. Please try again.';
    return failed(reply, status, 'Sorry, there is a problem', said);
  }
  switch (error.code) {
    case 'UNAUTHENTICATED':
      setCookie(reply, settings.secure ? '__Host-session' : 'session', '', settings.secure);
      return reply.redirect(`/log-in?next=${back}&why=ended`, 303);
    case 'FRESH_LOG_IN_REQUIRED':
      return reply.redirect(`/log-in?next=${back}&why=fresh`, 303);
    case 'TERMS_OUTSTANDING':
      return reply.redirect(`/terms?next=${back}`, 303);
    case 'NOT_FOUND':
      return failed(reply, 404, 'Page not found', error.message);
    case 'COUNCIL_UNKNOWN':
      return failed(
        reply,
        404,
        'Which council?',
        'Name the council in the address, as in council.localhost, or set COUNCIL.',
      );
    case 'FORGED':
      return failed(reply, 403, 'Please try again', error.message);
    case 'TOO_MANY_REQUESTS':
      return failed(reply, 429, 'Please wait a little', error.message);
    case 'UNAVAILABLE':
      return failed(reply, 503, 'The service is not available just now', error.message);
    default:
      return failed(reply, 400, 'Sorry, there is a problem', error.message, error.correlationId);
  }
}

function failed(reply: FastifyReply, status: number, title: string, message: string, correlationId?: string) {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(renderPage('problem', { title, message, correlationId, mistakes: [] }));
}
