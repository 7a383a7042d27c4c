import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../core/problem.js';
import { serveAssets } from './assets.js';
import { auditRoutes } from './audit.js';
import { exploreRoutes } from './explore.js';
import { inboxRoutes } from './inbox.js';
import { referralRoutes } from './referral.js';
import { CONTENT_SECURITY_POLICY } from './page.js';
import { signInRoutes } from './sign-in.js';
import { ApiProblem, Visit, type ConsoleServices } from './visit.js';

export type Handler = (visit: Visit) => Promise<string | void>;

/** Where the console's pages are made: a GET shows, a POST changes; both are for staff who are signed in. */
export interface Routes {
  get(path: string, handler: Handler): void;
  post(path: string, handler: Handler): void;
  /** Pages that are there before anybody is signed in. */
  open: { get(path: string, handler: Handler): void; post(path: string, handler: Handler): void };
}

/** The console for people, under /console: pages made of what the public API answers to the staff member who looks. */
export function serveConsole(services: Omit<ConsoleServices, 'server'>, server: FastifyInstance): void {
  void server.register(
    async (scope) => {
      const asked = { ...services, server };
      const type = 'application/x-www-form-urlencoded';
      if (scope.hasContentTypeParser(type)) scope.removeContentTypeParser(type);
      scope.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => done(null, body));
      // Before anything else: the server's own policy is for answers that say nothing of theirs.
      scope.addHook('onRequest', async (_request, reply) => {
        void reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      });
      scope.setErrorHandler((error, request, reply) => told(error, Visit.ofNobody(request, reply, asked)));
      serveAssets(scope);
      const routes = routesOf(scope, asked);
      signInRoutes(routes);
      inboxRoutes(routes);
      referralRoutes(routes);
      auditRoutes(routes);
      exploreRoutes(routes);
    },
    { prefix: '/console' },
  );
}

function routesOf(scope: FastifyInstance, services: ConsoleServices): Routes {
  const answering = (handler: Handler, open: boolean) => async (request: FastifyRequest, reply: FastifyReply) => {
    const visit = await Visit.of(request, reply, services);
    if (!open && !visit.staff) return reply.redirect('/console/sign-in', 303);
    if (request.method === 'POST' && !visit.isOurForm()) {
      void reply.code(403);
      return visit.show('problem', 'Please try again', { message: 'This page was not sent from here.' });
    }
    return (await handler(visit)) ?? reply;
  };
  return {
    get: (path, handler) => void scope.get(path, answering(handler, false)),
    post: (path, handler) => void scope.post(path, answering(handler, false)),
    open: {
      get: (path, handler) => void scope.get(path, answering(handler, true)),
      post: (path, handler) => void scope.post(path, answering(handler, true)),
    },
  };
}

const STATUS: Record<string, number> = { NOT_FOUND: 404, FORBIDDEN: 403, UNAVAILABLE: 503, TOO_MANY_REQUESTS: 429 };

/** A problem that no page expects: signing in again, or a page that says what is the matter. */
function told(error: unknown, visit: Visit): unknown {
  // What nobody expects is a fault of ours: the server's own handler logs it and says no more than that.
  if (!(error instanceof ApiProblem || error instanceof DomainError)) throw error;
  if (error.code === 'UNAUTHENTICATED') return visit.reply.redirect('/console/sign-in?why=ended', 303);
  void visit.reply.code(STATUS[error.code] ?? 400);
  const page = visit.show('problem', 'There is a problem', { message: error.message });
  return visit.reply.send(page);
}
