import { randomUUID } from 'node:crypto';
import type { Council } from '../council/council.js';
import type { Councils } from '../council/councils.js';
import type { Clock } from '../core/clock.js';
import type { Actor, ActorKind } from '../core/decider.js';
import type { CommandRequest } from '../core/handle-command.js';
import { isUuid } from '../core/ids.js';
import { DomainError } from '../core/problem.js';
import type { StaffTokens, StaffViewer } from '../staff/staff-tokens.js';
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

/** Who asks, of which council, under which correlation id: worked out once for each request. */
export class RequestContext {
  private constructor(
    readonly correlationId: string,
    /** The application's now as the request came in. */
    readonly now: Date,
    private readonly foundCouncil: Council | undefined,
    private readonly foundViewer: Viewer | undefined,
    private readonly problem: DomainError | undefined,
  ) {}

  static async of(headers: Headers, services: ViewerServices): Promise<RequestContext> {
    const given = header(headers, 'x-correlation-id');
    const correlationId = given && isUuid(given) ? given : randomUUID();
    let viewer: Viewer | undefined;
    let problem: DomainError | undefined;
    try {
      viewer = await authenticate(header(headers, 'authorization'), services);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      problem = error;
    }
    const council = findCouncil(headers, services.councils, viewer);
    return new RequestContext(correlationId, services.clock.now(), council, viewer, problem);
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
    return new RequestContext(this.correlationId, now, this.foundCouncil, this.foundViewer, this.problem);
  }

  /** The account of a referrer who is logged in here; undefined for everybody else. */
  get signedInReferrer(): string | undefined {
    const { foundViewer: viewer } = this;
    return viewer?.role === 'REFERRER' && viewer.council === this.council.id ? viewer.id : undefined;
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

async function authenticate(authorization: string | undefined, services: ViewerServices): Promise<Viewer | undefined> {
  if (!authorization) return undefined;
  const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
  if (!token) throw new DomainError('UNAUTHENTICATED', 'Send the token as "authorization: Bearer TOKEN".');
  // A JWT has two dots; a session's token has none.
  if (token.includes('.')) return services.staffTokens.verify(token);
  const used = await services.sessions.use(token);
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
