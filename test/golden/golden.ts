import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';
import type { DomainEvent, StreamKind } from '../../src/core/decider.js';
import { EventLog, type StoredRecord } from '../../src/core/event-log.js';
import type { DataKeys } from '../../src/core/keys.js';

/** A fact as it was once written, for ever: the record as stored, and what it said. */
export interface GoldenLine {
  stream: string;
  revision: number;
  id: string;
  type: string;
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  /** Its data as it was opened when it was written, before any upcaster. */
  opened: Record<string, unknown>;
}

export const goldenFile = join(projectRoot, 'test/golden/events.jsonl');
/** Data keys of the golden streams, in base64: of invented people. */
export const keysFile = join(projectRoot, 'test/golden/keys.json');

export function goldenLines(): GoldenLine[] {
  if (!existsSync(goldenFile)) return [];
  const lines = readFileSync(goldenFile, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as GoldenLine);
}

export function goldenKeys(): Record<string, string> {
  return existsSync(keysFile) ? (JSON.parse(readFileSync(keysFile, 'utf8')) as Record<string, string>) : {};
}

/** Every kind of stream there is: whatever an events module gives out that says how its facts are stored. */
export async function allKinds(): Promise<StreamKind<DomainEvent>[]> {
  const modules = readdirSync(join(projectRoot, 'src'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.events.ts'));
  const found = await Promise.all(modules.map((name) => import(`../../src/${name.replace(/\.ts$/, '.js')}`)));
  return found.flatMap((module) => Object.values(module as object)).filter(isKind);
}

function isKind(value: unknown): value is StreamKind<DomainEvent> {
  return typeof value === 'object' && value !== null && 'category' in value && 'clear' in value;
}

/** Opens stored records with keys from a file in place of the vault. */
export function goldenLog(keys: Record<string, string>): EventLog {
  const find = async (owner: string) => (keys[owner] ? Buffer.from(keys[owner], 'base64') : undefined);
  return new EventLog(undefined as never, { find } as unknown as DataKeys);
}

export function recordOf({ stream, revision, id, type, data, metadata }: Omit<GoldenLine, 'opened'>): StoredRecord {
  const record = { streamId: stream, revision: BigInt(revision), id, type, data, metadata, isJson: true };
  return record as unknown as StoredRecord;
}

/** What tells one version of a fact's shape from another: its type and the members of its data. */
export function shapeOf({ type, opened }: Pick<GoldenLine, 'type' | 'opened'>): string {
  return `${type} ${Object.keys(opened).sort().join(',')}`;
}
