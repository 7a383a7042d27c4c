import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Secrets } from '../core/secrets.js';
import { renderPage } from './page.js';
import { staffMember, type StaffMember, type StaffSignIn } from './staff-sign-in.js';

/** What the console stands on: the server whose API it asks, the settings, and the secret behind its forms. */
export interface ConsoleServices extends StaffSignIn {
  server: FastifyInstance;
  secrets: Secrets;
  /** The councils that the sign-in of development offers. */
  councils: { id: string; name: string }[];
}

/** A problem as the API told it. */
export class ApiProblem extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** One request of a staff member: what they sent, and how to ask the API and to answer. */
export class Visit {
  readonly fields: URLSearchParams;

  private constructor(
    readonly request: FastifyRequest,
    readonly reply: FastifyReply,
    readonly services: ConsoleServices,
    readonly staff: StaffMember | undefined,
  ) {
    this.fields = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
  }

  static async of(request: FastifyRequest, reply: FastifyReply, services: ConsoleServices): Promise<Visit> {
    return new Visit(request, reply, services, await staffMember(request, services));
  }

  /** A page for nobody in particular: for whoever cannot be told. */
  static ofNobody(request: FastifyRequest, reply: FastifyReply, services: ConsoleServices): Visit {
    return new Visit(request, reply, services, undefined);
  }

  param(name: string): string {
    return (this.request.params as Record<string, string>)[name] ?? '';
  }

  query(name: string): string | undefined {
    const value = (this.request.query as Record<string, unknown>)[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  /** The field as it was sent, without white space around it; null where it is empty. */
  field(name: string): string | null {
    return this.fields.get(name)?.trim() || null;
  }

  /** Asks the public API as this staff member, over HTTP as anybody would; throws an ApiProblem. */
  async ask<T>(query: string, variables: object = {}): Promise<T> {
    const { token, council } = this.staff!;
    const reply = await this.services.server.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'content-type': 'application/json', 'x-council': council, authorization: `Bearer ${token}` },
      payload: JSON.stringify({ query, variables }),
      remoteAddress: this.request.ip,
    });
    const { data, errors } = reply.json<Reply>();
    const [error] = errors ?? [];
    if (error) throw new ApiProblem(error.extensions?.code ?? 'INTERNAL', error.message);
    return Object.values(data ?? {})[0] as T;
  }

  /** A page of the console; `mistakes` stand in its error summary. */
  show(view: string, title: string, data: object = {}, mistakes: string[] = []): string {
    void this.reply.type('text/html; charset=utf-8');
    const { config } = this.services;
    return renderPage(view, {
      ...data,
      title,
      mistakes: mistakes.map((text) => ({ text, href: '#main-content' })),
      staff: this.staff,
      path: this.request.url.split('?')[0],
      said: this.query('said'),
      mailbox: !config.production,
      formToken: this.formToken(),
      commandId: () => randomUUID(),
    });
  }

  async go(path: string): Promise<void> {
    await this.reply.redirect(path, 303);
  }

  /** Whether a form that changes something came from a page that was shown to this staff member. */
  isOurForm(): boolean {
    const [given, own] = [Buffer.from(this.fields.get('formToken') ?? ''), Buffer.from(this.formToken())];
    return given.length === own.length && timingSafeEqual(given, own);
  }

  private formToken(): string {
    const whose = this.staff ? `${this.staff.council}/${this.staff.id}` : '';
    return this.services.secrets.mac('console form', whose).toString('base64url');
  }
}

interface Reply {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}
