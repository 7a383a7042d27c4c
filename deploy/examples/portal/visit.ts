import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Api, Problem } from './api.js';
import type { Catalogue } from './catalogue.js';
import { readCookie, setCookie } from './cookies.js';
import { Fields } from './forms/fields.js';
import { renderPage } from './page.js';
import type { Council } from './types.js';

export interface Settings {
  /** Where Frontdoor's API is. */
  api: string;
  /** The council whose portal this is; absent: the first label of the host name says it. */
  council?: string;
  /** Whether cookies go over TLS only: true wherever the portal is reached by https. */
  secure: boolean;
  /** Proxies in front of this portal, whose word on where a visitor is counts. */
  trustedProxies?: string[];
  /** Signs the tokens of forms; the same in every process of one portal. */
  secret: Buffer;
}

/** A mistake as the error summary lists it; `href` leads to its field. */
export interface Mistake {
  text: string;
  href?: string;
}

/** One request of one visitor: what they sent, who they are, and how to answer. */
export class Visit {
  readonly api: Api;
  readonly token: string | undefined;
  readonly fields: Fields;
  /** Names this browser from one request to the next, and nobody else. */
  readonly browser: string;

  private constructor(
    readonly request: FastifyRequest,
    readonly reply: FastifyReply,
    private readonly settings: Settings,
    readonly council: Council,
    readonly catalogue: Catalogue,
  ) {
    this.token = readCookie(request, this.cookie('session'));
    this.api = new Api(settings.api, council.id, this.token, request.ip);
    this.fields = new Fields(
      request.body instanceof FormData ? request.body : new URLSearchParams((request.body as string | undefined) ?? ''),
    );
    let browser = readCookie(request, this.cookie('browser'));
    if (!browser) {
      browser = randomBytes(16).toString('base64url');
      this.set('browser', browser);
    }
    this.browser = browser;
  }

  static async of(
    request: FastifyRequest,
    reply: FastifyReply,
    settings: Settings,
    catalogue: Catalogue,
  ): Promise<Visit> {
    const id = settings.council ?? councilOfHost(request.headers.host ?? '');
    if (!id) throw new Problem('COUNCIL_UNKNOWN', 'Which council?');
    const visit = new Visit(request, reply, settings, await catalogue.council(id), catalogue);
    if (request.method === 'POST' && !visit.isOurForm()) {
      throw new Problem('FORGED', 'This page was open for too long, or was not sent from here. Please try again.');
    }
    return visit;
  }

  get signedIn(): boolean {
    return this.token !== undefined;
  }

  /** A part of the path, such as the form's id. */
  param(name: string): string {
    return (this.request.params as Record<string, string>)[name] ?? '';
  }

  query(name: string): string | undefined {
    const value = (this.request.query as Record<string, string | string[] | undefined>)[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  /** The command's id that the form brought: pressed twice, it is one command. */
  get commandId(): string {
    return this.fields.text('commandId') || randomUUID();
  }

  set(name: string, value: string, maxAge?: number): void {
    setCookie(this.reply, this.cookie(name), value, this.settings.secure, maxAge);
  }

  get(name: string): string | undefined {
    return readCookie(this.request, this.cookie(name));
  }

  /** Shows a page. `mistakes` go into the error summary. */
  async show(view: string, title: string, data: object = {}, mistakes: Mistake[] = []): Promise<string> {
    const notice = this.get('notice');
    if (notice) this.set('notice', '');
    void this.reply.type('text/html; charset=utf-8');
    return renderPage(view, {
      ...data,
      title,
      mistakes,
      notice,
      council: this.council,
      signedIn: this.signedIn,
      path: this.request.url.split('?')[0],
      csrf: this.csrf(),
      commandId: () => randomUUID(),
    });
  }

  /** Goes to another page; `notice` is said there once. */
  async go(path: string, notice?: string): Promise<void> {
    if (notice) this.set('notice', notice, 60);
    await this.reply.redirect(path, 303);
  }

  /** Goes to a page that somebody named, where it is one of ours. */
  async goOn(path: string | undefined): Promise<void> {
    await this.go(path && /^\/(?![/\\])/.test(path) ? path : '/');
  }

  /** Where TLS is on, the browser itself holds cookies to this host (`__Host-`). */
  private cookie(name: string): string {
    return this.settings.secure ? `__Host-${name}` : name;
  }

  private csrf(): string {
    return createHmac('sha256', this.settings.secret).update(this.browser).digest('base64url');
  }

  private isOurForm(): boolean {
    const [given, own] = [Buffer.from(this.fields.text('csrf')), Buffer.from(this.csrf())];
    return given.length === own.length && timingSafeEqual(given, own);
  }
}

/** lancashire.localhost:3001 → lancashire; a bare localhost or an address names none. */
function councilOfHost(host: string): string | undefined {
  return /^([a-z0-9-]+)\.[a-z]/i.exec(host)?.[1];
}
