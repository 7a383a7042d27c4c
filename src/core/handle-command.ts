import { setTimeout as sleep } from 'node:timers/promises';
import { serialize } from 'node:v8';
import { LRUCache } from 'lru-cache';
import { canonicalJson } from './canonical-json.js';
import type { Clock } from './clock.js';
import type { Actor, Decider, DomainEvent, Recorded } from './decider.js';
import { noHead, RevisionMoved, type EventLog, type Head } from './event-log.js';
import { isOfNewerRelease, OfNewerRelease } from './newer-release.js';
import { DomainError } from './problem.js';
import { observeCommand } from './observe-command.js';
import type { Secrets } from './secrets.js';

/** What a caller asks for, and as whom. */
export interface CommandRequest {
  /** The caller's UUID for this action; the same again gives the same reply and changes nothing. */
  commandId: string;
  /** What the caller said, without passwords or codes: held against a repeated command id. */
  said: unknown;
  council: string;
  actor: Actor;
  correlationId: string;
}

export interface Outcome<S, E extends DomainEvent> {
  state: S;
  head: Head;
  /** The facts of this command, empty where it changed nothing. */
  facts: Recorded<E>[];
  /** Where in the log the last of them stands; undefined where nothing was appended by this call. */
  position?: bigint;
  /** True where the command had been carried out before. */
  repeated: boolean;
}

interface Loaded {
  state: unknown;
  head: Head;
  /** Commands met in this stream, and a keyed hash of what each said. */
  commands: Map<string, string>;
  weight: Weight;
}

/** What a state weighs in memory, about: bytes. */
interface Weight {
  /** When it was measured last, and with what was stored since. */
  measured: number;
  now: number;
}

/** How long a decision is taken anew while the stream moves on under it, in milliseconds. */
const PATIENCE = 3_000;
/** The longest pause between two tries: whoever has the stream in its cache would otherwise always be first. */
const LONGEST_PAUSE = 50;
const CACHE_BYTES = 96 * 1024 * 1024;
/** What a command weighs that is remembered: two short texts and their place in a map. */
const COMMAND_BYTES = 250;
/** In memory a value takes about twice what it takes written down. */
const IN_MEMORY = 2;
/** What was added to a state may be this many times what it weighed before it is measured again. */
const UNMEASURED = 3;

/**
 * Load, decide, append, reply. The state decided on is cached: the revision that the append expects keeps the cache
 * honest, so a command costs one append and no read. Where no append follows, nothing proves that the cached state is
 * current: a refusal, a decision that changes nothing and a repeated command are checked against the stream. Commands to
 * one stream queue up within a process; between processes the expected revision decides, and the loser decides again.
 */
export class CommandHandling {
  private readonly cache: LRUCache<string, Loaded>;
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly secrets: Secrets,
    cacheBytes = CACHE_BYTES,
  ) {
    this.cache = new LRUCache({
      maxSize: cacheBytes,
      sizeCalculation: ({ weight, commands }) => weight.now + commands.size * COMMAND_BYTES + 1_000,
    });
  }

  /** Carries out one command on one stream; throws DomainError, and then nothing has changed. */
  async handle<C extends { type: string }, S, E extends DomainEvent>(
    decider: Decider<C, S, E>,
    stream: string,
    command: C,
    request: CommandRequest,
  ): Promise<Outcome<S, E>> {
    const before = this.queues.get(stream) ?? Promise.resolve();
    const run = observeCommand(command.type, request, () =>
      before.then(() => this.decideAndAppend(decider, stream, command, request)),
    );
    const settled = run.catch(() => undefined);
    this.queues.set(stream, settled);
    try {
      return await run;
    } finally {
      if (this.queues.get(stream) === settled) this.queues.delete(stream);
    }
  }

  /** The state of a stream as this process knows it, read where it knows none. */
  async state<C extends { type: string }, S, E extends DomainEvent>(
    decider: Decider<C, S, E>,
    stream: string,
    fresh = false,
  ): Promise<{ state: S; head: Head }> {
    const known = this.cache.get(stream);
    const { state, head } = known && !fresh ? known : await this.load(decider, stream, known);
    return { state: state as S, head };
  }

  private async decideAndAppend<C extends { type: string }, S, E extends DomainEvent>(
    decider: Decider<C, S, E>,
    stream: string,
    command: C,
    request: CommandRequest,
  ): Promise<Outcome<S, E>> {
    const { said, ...who } = request;
    const commandHash = this.hash(command.type, said, request.actor);
    const until = Date.now() + PATIENCE;
    for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const cached = this.cache.get(stream);
      const loaded = cached ?? (await this.load(decider, stream));
      const state = loaded.state as S;
      const isCurrent = async () => !cached || (await this.load(decider, stream, loaded)) === loaded;
      if (this.isRepeated(loaded, request.commandId, commandHash)) {
        if (!(await isCurrent())) continue;
        return { state, head: loaded.head, facts: [], repeated: true };
      }
      let events: E[];
      try {
        events = decider.decide(command, state);
      } catch (error) {
        if (error instanceof DomainError && !(await isCurrent())) continue;
        throw error;
      }
      if (events.length === 0) {
        if (!(await isCurrent())) continue;
        return { state, head: loaded.head, facts: [], repeated: false };
      }
      const context = { ...who, commandHash, at: this.clock.now().toISOString() };
      try {
        const { facts, head, position, size } = await this.log.append(
          decider.kind,
          stream,
          loaded.head,
          events,
          context,
        );
        const next = facts.reduce((folded, fact) => decider.evolve(folded, fact), state);
        const commands = loaded.commands.set(request.commandId, commandHash);
        this.cache.set(stream, { state: next, head, commands, weight: heavier(loaded.weight, size, next) });
        return { state: next, head, facts, position, repeated: false };
      } catch (error) {
        this.cache.delete(stream);
        if (!(error instanceof RevisionMoved)) throw error;
        if (Date.now() >= until) {
          throw new DomainError('UNAVAILABLE', 'Too much is happening to this at once. Please try again.');
        }
        await sleep(Math.random() * pause);
      }
    }
  }

  private isRepeated(loaded: Loaded, commandId: string, commandHash: string): boolean {
    const met = loaded.commands.get(commandId);
    if (met === undefined) return false;
    if (met === commandHash) return true;
    throw new DomainError(
      'COMMAND_ID_REUSED',
      'This commandId was used before for something else. Give each new action a commandId of its own.',
      'commandId',
    );
  }

  /** What a stream comes to, read from what is known of it on: guesses at a long-lived account must stay cheap. */
  private async load<C extends { type: string }, S, E extends DomainEvent>(
    decider: Decider<C, S, E>,
    stream: string,
    known: Loaded = { state: decider.initialState, head: noHead, commands: new Map(), weight: { measured: 0, now: 0 } },
  ): Promise<Loaded> {
    let { state, head } = known;
    const commands = new Map<string, string>();
    for await (const record of this.log.records(stream, known.head.revision + 1)) {
      // Without it the state would be another than the newer release decides on.
      if (isOfNewerRelease(decider.kind, record)) throw waitsForNewerRelease(OfNewerRelease.event(record));
      const fact = await this.log.open(decider.kind, record);
      state = decider.evolve(state as S, fact);
      head = { revision: fact.revision, hash: fact.hash };
      commands.set(fact.commandId, record.metadata.commandHash);
    }
    if (head === known.head) return known;
    const loaded = { state, head, commands: new Map([...known.commands, ...commands]), weight: weigh(state) };
    // Somebody else may have read or appended further meanwhile.
    if ((this.cache.get(stream)?.head.revision ?? -1) < head.revision) this.cache.set(stream, loaded);
    return loaded;
  }

  private hash(type: string, said: unknown, actor: Actor): string {
    return this.secrets.lookup('command', canonicalJson([type, actor.kind, actor.id, said])).toString('base64url');
  }
}

function waitsForNewerRelease(cause: OfNewerRelease): DomainError {
  const message = 'A newer version of this service changed this. Please try again shortly.';
  return new DomainError('UNAVAILABLE', message, undefined, undefined, { cause });
}

/**
 * The weight of a state that so many bytes were stored for. A form saved a hundred times holds its last answers, not those
 * of all hundred: what was stored is added up only until it is worth measuring what is there.
 */
function heavier({ measured, now }: Weight, stored: number, state: unknown): Weight {
  if (now + stored <= measured * (1 + UNMEASURED)) return { measured, now: now + stored };
  return weigh(state);
}

function weigh(state: unknown): Weight {
  const measured = serialize(state).length * IN_MEMORY;
  return { measured, now: measured };
}
