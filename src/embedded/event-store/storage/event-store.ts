import type Database from 'libsql';
import { EMPTY } from '../events.js';
import { problemOf, toRefusal } from '../problem.js';
import { lockFolder, openDatabase } from './database.js';
import { EventLog } from './event-log.js';
import { Feed } from './feed.js';
import { Reader } from './reader.js';
import { RecentIds } from './recent-ids.js';
import { StreamHeads } from './stream-heads.js';
import { Writer } from './writer.js';

/** One data folder, opened: the reader, the writer and the feed of what is written. */
export class EventStore {
  private constructor(
    readonly reader: Reader,
    readonly writer: Writer,
    readonly feed: Feed,
    private readonly log: EventLog,
    private readonly lock: Database.Database,
  ) {}

  /** Opens a data folder for this process alone. A new one gets the system event that EventStoreDB has from the start. */
  static async open(folder: string): Promise<EventStore> {
    const lock = await lockFolder(folder);
    const log = EventStore.#openLog(folder, lock);
    const heads = new StreamHeads(log);
    const feed = new Feed();
    const writer = new Writer({ log, heads, recentIds: new RecentIds(log) }, feed);
    const store = new EventStore(new Reader(log, heads), writer, feed, log, lock);
    if (log.lastPosition === 0) {
      const settings = { id: SETTINGS_ID, type: '$settings', isJson: true, data: Buffer.from('{}'), metadata: EMPTY };
      await writer.append('$settings', 'no_stream', [settings]);
    }
    return store;
  }

  /** A log whose newest events can be read: a crash of the machine harms those first. */
  static #openLog(folder: string, lock: Database.Database): EventLog {
    try {
      const log = new EventLog(openDatabase(folder));
      log.allBackward(log.lastPosition + 1, CHECKED_AT_OPEN);
      return log;
    } catch (error) {
      lock.close();
      const { kind } = problemOf(error);
      throw kind === 'damaged' ? new Error(`${toRefusal(error).details} The folder is ${folder}.`) : error;
    }
  }

  /** Commits what is waiting and leaves one complete database file behind. */
  close(): void {
    this.writer.flush();
    this.log.close();
    this.lock.close();
  }
}

/** Few enough to take no time at a million events, enough to hold all that the write-ahead log may have held. */
const CHECKED_AT_OPEN = 1_000;

const SETTINGS_ID = '00000000-0000-4000-8000-000000000001';
