import { randomUUID } from 'node:crypto';
import type { Council } from '../council/council.js';
import type { Councils } from '../council/councils.js';
import type { Clock } from '../core/clock.js';
import type { Actor, ActorKind } from '../core/decider.js';
import type { CommandRequest } from '../core/handle-command.js';
import { isUuid } from '../core/ids.js';
import { DomainError } from '../core/problem.js';
import type { StaffTokens, StaffViewer } from '../staff/staff-tokens.js';
import { clientAddress } from './client-address.js';
import { cookieToken, isOwnOrigin, wantsCookie } from './session-cookie.js';
import type { Session, Sessions } from './sessions.js';

/** A referrer with a live session. */
export interface ReferrerViewer {
  role: 'REFERRER';
  id: string;
  council: string;
  session: Session;
  /** Milliseconds since the session was last used before this request. */
  idleFor: number;
}
export type Viewer = ReferrerViewer | StaffViewer;

export interface ViewerServices {
  clock: Clock;
  councils: Councils;
  sessions: Sessions;
  staffTokens: StaffTokens;
}

type Headers = Record<string, string | string[] | undefined>;

/** What is known of a request beside its headers. */
export interface Peer {
  /** The client's address, a trusted proxy's word taken for it. */
  ip?: string;
  /** True for what goes on by itself, such as a subscription: it is no activity of a person. */
  passive?: boolean;
  /** Adds a header to the reply, where there is one. */
  setHeader?: (name: string, value: string) => void;
}

/** Who asks, of which council, under which correlation id: worked out once for each request. */
export class RequestContext {
  private constructor(
    readonly correlationId: string,
    /** The application's now as the request came in. */
    readonly now: Date,
    private readonly foundCouncil: Council | undefined,
    private readonly foundViewer: Viewer | undefined,
    private readonly problem: DomainError | undefined,
    private readonly headers: Headers,
    private readonly peer: Peer,
  ) {}

  static async of(headers: Headers, services: ViewerServices, peer: Peer = {}): Promise<RequestContext> {
    const given = header(headers, 'x-correlation-id');
    const correlationId = given && isUuid(given) ? given : randomUUID();
    let viewer: Viewer | undefined;
    let problem: DomainError | undefined;
    try {
      viewer = await authenticate(headers, services, peer.passive ?? false);
    } catch (error) {
      const silent = 'Who you are cannot be checked just now. Please try again shortly.';
      problem =
        error instanceof DomainError
          ? error
          : new DomainError('UNAVAILABLE', silent, undefined, undefined, { cause: error });
    }
    const council = findCouncil(headers, services.councils, viewer);
    return new RequestContext(correlationId, services.clock.now(), council, viewer, problem, headers, peer);
  }

  /** True where nobody is logged in, a made-up token being nobody; not where that cannot be told just now. */
  get isStranger(): boolean {
    return !this.foundViewer && this.problem?.code !== 'UNAVAILABLE';
  }

  /** The council asked for; throws COUNCIL_UNKNOWN where the request names none that there is. */
  get council(): Council {
    if (this.foundCouncil) return this.foundCouncil;
    const message = "No council answers here. Use the council's own address, or name it in the x-council header.";
    throw new DomainError('COUNCIL_UNKNOWN', message, 'x-council');
  }

  /** Whoever asks, of whatever role; throws UNAUTHENTICATED where nobody does. */
  get viewer(): Viewer {
    if (this.foundViewer && this.foundViewer.council === this.council.id) return this.foundViewer;
    if (this.foundViewer) throw new DomainError('UNAUTHENTICATED', "You are logged in to another council's service.");
    throw this.problem ?? new DomainError('UNAUTHENTICATED', 'Please log in.');
  }

  /** The referrer who asks; throws FORBIDDEN for anybody else. */
  get referrer(): ReferrerViewer {
    const { viewer } = this;
    if (viewer.role === 'REFERRER') return viewer;
    throw new DomainError('FORBIDDEN', 'Only referrers may do this.');
  }

  /** The same asker at a later time: for what goes on after the request. */
  later(now: Date): RequestContext {
    const { correlationId, foundCouncil, foundViewer, problem, headers, peer } = this;
    return new RequestContext(correlationId, now, foundCouncil, foundViewer, problem, headers, peer);
  }

  /** The account of a referrer who is logged in here; undefined for everybody else. */
  get signedInReferrer(): string | undefined {
    const { foundViewer: viewer } = this;
    return viewer?.role === 'REFERRER' && viewer.council === this.council.id ? viewer.id : undefined;
  }

  /** The session that came with the request, if it lives. */
  get session(): Session | undefined {
    return this.foundViewer?.role === 'REFERRER' ? this.foundViewer.session : undefined;
  }

  /** What limits count by: the client's address. It is personal data: never stored or logged as it is. */
  get from(): string {
    return clientAddress(this.peer.ip);
  }

  /** The browser or program that asks, by its own word. */
  get userAgent(): string {
    return header(this.headers, 'user-agent') ?? '';
  }

  /** True where the caller wants its session in a cookie; throws UNAUTHENTICATED where it may have none from there. */
  get wantsCookie(): boolean {
    if (this.problem?.details?.foreign) throw this.problem;
    return wantsCookie((name) => header(this.headers, name));
  }

  setHeader(name: string, value: string): void {
    this.peer.setHeader?.(name, value);
  }

  /** Whose own writes a query waits for. */
  get caller(): string {
    const { viewer } = this;
    return viewer.role === 'REFERRER' ? viewer.session._id : `${viewer.council}/${viewer.id}`;
  }

  /** What to tell the command handling about this request. */
  request(commandId: string, said: unknown, actor: Actor): CommandRequest {
    if (!isUuid(commandId)) throw new DomainError('BAD_INPUT', 'A commandId must be a UUID.', 'commandId');
    return {
      commandId: commandId.toLowerCase(),
      said,
      council: this.council.id,
      actor,
      correlationId: this.correlationId,
    };
  }

  /** The staff member or system that asks, as an actor. */
  get staffActor(): Actor {
    const { viewer } = this;
    if (viewer.role === 'REFERRER') throw new DomainError('FORBIDDEN', "Only the council's staff may do this.");
    return { kind: viewer.role.toLowerCase() as ActorKind, id: viewer.id, name: viewer.name };
  }
}

async function authenticate(headers: Headers, services: ViewerServices, passive: boolean): Promise<Viewer | undefined> {
  const headerOf = (name: string) => header(headers, name);
  if (wantsCookie(headerOf) && !isOwnOrigin(headerOf, services.councils)) {
    const message = "Only the council's own pages may use a session in a cookie.";
    throw new DomainError('UNAUTHENTICATED', message, undefined, { foreign: true });
  }
  const authorization = headerOf('authorization');
  const cookie = authorization ? undefined : cookieToken(headerOf);
  if (!authorization && !cookie) return undefined;
  const token = cookie ?? /^Bearer\s+(\S+)$/i.exec(authorization!)?.[1];
  if (!token) throw new DomainError('UNAUTHENTICATED', 'Send the token as "authorization: Bearer TOKEN".');
  // A JWT has two dots; a session's token has none.
  if (token.includes('.') && !cookie) return services.staffTokens.verify(token);
  // What a front end asks by itself, such as polling, says so: it is no activity of a person.
  const used = await services.sessions.use(token, !passive && headerOf('x-background')?.toLowerCase() !== 'true');
  if (!used) {
    throw new DomainError('UNAUTHENTICATED', 'Your session has ended. Please log in again; what you saved is kept.');
  }
  const { session, idleFor } = used;
  return { role: 'REFERRER', id: session.accountId, council: session.council, session, idleFor };
}

/** The header decides, then the host, then whose token it is: at a bare localhost a logged-in caller needs no header. */
function findCouncil(headers: Headers, councils: Councils, viewer: Viewer | undefined): Council | undefined {
  const named = header(headers, 'x-council');
  if (named !== undefined) return councils.byId(named);
  const host = header(headers, 'host');
  return (host ? councils.byHost(host) : undefined) ?? (viewer ? councils.byId(viewer.council) : undefined);
}

function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
