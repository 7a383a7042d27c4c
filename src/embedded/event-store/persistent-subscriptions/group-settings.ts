import type persistent from '@eventstore/db-client/generated/persistent_pb.js';
import { StoreError } from '../problem.js';
import { FilterSettings, filterSettings } from '../services/filter.js';
import { toNumber } from '../services/wire.js';
import { STRATEGIES, StrategyName } from './strategies.js';

export const ALL = '$all';

/** What a group is created with. It is stored as JSON. */
export interface GroupSettings {
  /** A stream, or `$all`. */
  stream: string;
  group: string;
  /** Kept from the creation on: an update cannot change it. */
  filter?: FilterSettings;
  /** The first revision or position the group gets; `end` is what comes after its creation. */
  startFrom: number | 'end';
  resolveLinks: boolean;
  extraStatistics: boolean;
  messageTimeoutMs: number;
  maxRetryCount: number;
  checkpointAfterMs: number;
  minCheckpointCount: number;
  maxCheckpointCount: number;
  /** 0 is no limit. */
  maxSubscriberCount: number;
  liveBufferSize: number;
  readBatchSize: number;
  historyBufferSize: number;
  strategy: StrategyName;
}

/** What names a group, and what its subscriptions are called. */
export function groupKey({ stream, group }: { stream: string; group: string }): string {
  return `${stream}::${group}`;
}

export function checkpointStream(settings: GroupSettings): string {
  return `$persistentsubscription-${groupKey(settings)}-checkpoint`;
}

export function parkedStream(settings: GroupSettings): string {
  return `$persistentsubscription-${groupKey(settings)}-parked`;
}

type Options = persistent.CreateReq.Options | persistent.UpdateReq.Options;

const NAMED_STRATEGIES: StrategyName[] = ['DispatchToSingle', 'RoundRobin', 'Pinned'];
const END_OF_STREAM = '18446744073709551615';
const TICKS_A_MS = 10_000;

/** Reads the settings out of a Create or Update; throws persistent-subscription-failed where they make no sense. */
export function readSettings(stream: string, options: Options): GroupSettings {
  const settings = options.getSettings();
  const group = options.getGroupName();
  const fail = (reason: string) => new StoreError({ kind: 'persistent-subscription-failed', stream, group, reason });
  if (!settings) throw fail('Settings are missing.');

  const named = 'getConsumerStrategy' in settings ? settings.getConsumerStrategy() : '';
  const strategy = STRATEGIES.find((name) => name === (named || NAMED_STRATEGIES[settings.getNamedConsumerStrategy()]));
  if (!strategy) throw fail('The consumer strategy is unknown.');
  if (settings.getReadBatchSize() >= settings.getHistoryBufferSize()) {
    throw fail('The read batch size must be smaller than the history buffer size.');
  }
  if (settings.getReadBatchSize() <= 0 || settings.getLiveBufferSize() <= 0) throw fail('Buffers must hold something.');

  const all = options.getAll();
  const filter = all && 'getFilter' in all ? all.getFilter() : undefined;
  return {
    stream,
    group,
    filter: filter && filterSettings(filter),
    startFrom: readStart(options),
    resolveLinks: settings.getResolveLinks(),
    extraStatistics: settings.getExtraStatistics(),
    messageTimeoutMs: settings.hasMessageTimeoutTicks()
      ? Number(settings.getMessageTimeoutTicks()) / TICKS_A_MS
      : settings.getMessageTimeoutMs(),
    maxRetryCount: settings.getMaxRetryCount(),
    checkpointAfterMs: settings.hasCheckpointAfterTicks()
      ? Number(settings.getCheckpointAfterTicks()) / TICKS_A_MS
      : settings.getCheckpointAfterMs(),
    minCheckpointCount: settings.getMinCheckpointCount(),
    maxCheckpointCount: settings.getMaxCheckpointCount(),
    maxSubscriberCount: settings.getMaxSubscriberCount(),
    liveBufferSize: settings.getLiveBufferSize(),
    readBatchSize: settings.getReadBatchSize(),
    historyBufferSize: settings.getHistoryBufferSize(),
    strategy,
  };
}

/** Where a group starts as GetInfo words it. */
export function startText({ stream, startFrom }: GroupSettings): string {
  return placeText(stream, startFrom === 'end' ? -1 : startFrom);
}

/** A revision or a position as text, depending on what the group follows. */
export function placeText(stream: string, place: number): string {
  return stream === ALL ? `C:${place}/P:${place}` : String(place);
}

/** The older of two ways comes from current clients: a stream's start stands in the settings. */
function readStart(options: Options): number | 'end' {
  const all = options.getAll();
  if (all) return all.hasEnd() ? 'end' : toNumber(all.getPosition()?.getCommitPosition() ?? '0');
  const stream = options.getStream();
  if (stream) return stream.hasEnd() ? 'end' : toNumber(stream.getRevision());
  const revision = options.getSettings()?.getRevision() ?? '0';
  return revision === END_OF_STREAM ? 'end' : toNumber(revision);
}
