import { NO_STREAM } from '../events.js';
import { problemOf, reportFault, StoreError } from '../problem.js';
import { EventStore } from '../storage/event-store.js';
import { jsonEvent } from './checkpoint.js';
import { Group } from './group.js';
import { ALL, checkpointStream, groupKey, GroupSettings, parkedStream } from './group-settings.js';

const CONFIG_STREAM = '$persistentSubscriptionConfig';
const TICK_MS = 1_000;

/** A group as it is stored; `start` is what `startFrom: end` meant when the group was created. */
interface Entry {
  settings: GroupSettings;
  start: number;
}

/** All groups of the store. Their settings live in a stream; changes to them happen one after the other. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  readonly #entries = new Map<string, Entry>();
  readonly #ticking: NodeJS.Timeout;
  #changes: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: EventStore) {
    for (const entry of this.#load()) this.#open(entry);
    this.#ticking = setInterval(() => {
      const now = Date.now();
      for (const group of this.#groups.values()) {
        try {
          group.tick(now);
        } catch (error) {
          reportFault('A persistent subscription could not be looked after', error);
        }
      }
    }, TICK_MS);
  }

  create(settings: GroupSettings): Promise<void> {
    return this.#change(async () => {
      const { stream, group } = settings;
      if (this.#groups.has(groupKey(settings))) {
        throw new StoreError({ kind: 'persistent-subscription-exists', stream, group });
      }
      const entry = { settings, start: this.#startOf(settings) };
      await this.#save(new Map(this.#entries).set(groupKey(settings), entry));
      this.#open(entry);
    });
  }

  /** Changes everything but the filter and the checkpoint; consumers have to come back. */
  update(settings: GroupSettings): Promise<void> {
    return this.#change(async () => {
      const group = this.get(settings.stream, settings.group);
      const kept = { ...settings, filter: group.settings.filter };
      const entry = { settings: kept, start: this.#startOf(kept) };
      await this.#save(new Map(this.#entries).set(groupKey(kept), entry));
      group.drop();
      this.#open(entry);
    });
  }

  /** Ends a group, with its checkpoint and what it had parked. */
  delete(stream: string, name: string): Promise<void> {
    return this.#change(async () => {
      const group = this.get(stream, name);
      const entries = new Map(this.#entries);
      entries.delete(groupKey(group.settings));
      await this.#save(entries);
      this.#groups.delete(groupKey(group.settings));
      this.#entries.delete(groupKey(group.settings));
      group.drop();
      for (const own of [checkpointStream(group.settings), parkedStream(group.settings)]) {
        await this.store.writer.softDelete(own, 'any').catch(unlessMissing);
      }
    });
  }

  get(stream: string, group: string): Group {
    const found = this.#groups.get(groupKey({ stream, group }));
    if (!found) throw new StoreError({ kind: 'persistent-subscription-does-not-exist', stream, group });
    return found;
  }

  all(): Group[] {
    return [...this.#groups.values()];
  }

  /** The groups of one stream or of $all; that there are none is an error. */
  ofStream(stream: string): Group[] {
    const found = this.all().filter((group) => group.settings.stream === stream);
    if (found.length === 0) throw new StoreError({ kind: 'persistent-subscription-does-not-exist', stream, group: '' });
    return found;
  }

  /** Drops all consumers and starts all groups anew from their checkpoints. */
  restart(): void {
    for (const group of this.#groups.values()) group.drop();
    for (const entry of this.#entries.values()) this.#open(entry);
  }

  stop(): void {
    clearInterval(this.#ticking);
  }

  #open(entry: Entry): void {
    const key = groupKey(entry.settings);
    this.#entries.set(key, entry);
    this.#groups.set(key, new Group(this.store, entry.settings, entry.start));
  }

  /** The last cursor a new group does not get. */
  #startOf({ stream, group, startFrom }: GroupSettings): number {
    const { reader } = this.store;
    if (startFrom === 'end') return stream === ALL ? reader.lastPosition : reader.lastRevision(stream);
    if (stream === ALL && startFrom > reader.lastPosition) {
      const reason = `A start position of C:${startFrom}/P:${startFrom} is beyond the end of the log.`;
      throw new StoreError({ kind: 'persistent-subscription-failed', stream, group, reason });
    }
    return startFrom - 1;
  }

  async #change(work: () => Promise<void>): Promise<void> {
    const done = this.#changes.then(work);
    this.#changes = done.catch(() => undefined);
    return done;
  }

  async #save(entries: Map<string, Entry>): Promise<void> {
    const config = { version: 2, updated: new Date().toISOString(), entries: [...entries.values()] };
    await this.store.writer.append(CONFIG_STREAM, 'any', [jsonEvent('$PersistentConfig', config)]);
  }

  #load(): Entry[] {
    const { reader } = this.store;
    if (reader.lastRevision(CONFIG_STREAM) === NO_STREAM) return [];
    const range = reader.visibleRange(CONFIG_STREAM);
    const [last] = range ? reader.streamPage(range, range.last, 'backward', 1) : [];
    if (!last) return [];
    return (JSON.parse(Buffer.from(last.data).toString('utf8')) as { entries: Entry[] }).entries;
  }
}

function unlessMissing(error: unknown): void {
  if (problemOf(error).kind !== 'wrong-expected-version') throw error;
}
