import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Mailbox } from './mailbox.js';
import { listPage, mailPage, notFoundPage } from './page.js';

const LIMIT = 100;
const MOST = 1000;

/** A frame's srcdoc inherits this: mails may style themselves, and that is all they may. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }).end(body);
}

function limitFrom(value: string | null): number {
  const limit = Number(value ?? LIMIT);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, MOST) : LIMIT;
}

function answer(mailbox: Mailbox, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://mailbox');
  const to = searchParams.get('to')?.trim() || undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(response, 405, 'text/plain', 'Method not allowed');
  if (pathname === '/mailbox.json')
    return send(
      response,
      200,
      'application/json',
      JSON.stringify(mailbox.newest(limitFrom(searchParams.get('limit')), to)),
    );
  if (pathname !== '/mailbox') return send(response, 404, 'text/html', notFoundPage());
  const id = searchParams.get('id');
  if (id === null)
    return send(response, 200, 'text/html', listPage(mailbox.newest(limitFrom(searchParams.get('limit')), to), to));
  const mail = /^\d{1,15}$/.test(id) ? mailbox.byId(Number(id)) : undefined;
  if (mail === undefined) return send(response, 404, 'text/html', notFoundPage());
  send(response, 200, 'text/html', mailPage(mail));
}

/** Serves `/mailbox` for people and `/mailbox.json` for tests. */
export const mailboxServer = (mailbox: Mailbox): Server =>
  createServer((request, response) => {
    try {
      answer(mailbox, request, response);
    } catch (error) {
      send(response, 500, 'text/plain', error instanceof Error ? error.message : 'failed');
    }
  });
