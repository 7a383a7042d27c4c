import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import { Consumer } from './consumer.js';
import { Group } from './group.js';
import { placeText, startText } from './group-settings.js';

const { SubscriptionInfo } = persistent;

/** A group as GetInfo and List describe it. */
export function infoOf(group: Group): persistent.SubscriptionInfo {
  const { settings, measurements, checkpoint } = group;
  const { count, perSecond } = measurements.sinceLast();
  const textOf = (place: number | undefined) => (place === undefined ? '' : placeText(settings.stream, place));
  return new SubscriptionInfo()
    .setEventSource(settings.stream)
    .setGroupName(settings.group)
    .setStatus(group.isLive || group.consumers.length === 0 ? 'Live' : 'Behind')
    .setConnectionsList(group.consumers.map(connectionOf))
    .setAveragePerSecond(perSecond)
    .setTotalItems(String(measurements.total))
    .setCountSinceLastMeasurement(String(count))
    .setLastCheckpointedEventPosition(textOf(checkpoint.place))
    .setLastKnownEventPosition(textOf(group.lastKnown))
    .setResolveLinkTos(settings.resolveLinks)
    .setStartFrom(startText(settings))
    .setMessageTimeoutMilliseconds(settings.messageTimeoutMs)
    .setExtraStatistics(settings.extraStatistics)
    .setMaxRetryCount(settings.maxRetryCount)
    .setLiveBufferSize(settings.liveBufferSize)
    .setBufferSize(settings.historyBufferSize)
    .setReadBatchSize(settings.readBatchSize)
    .setCheckPointAfterMilliseconds(settings.checkpointAfterMs)
    .setMinCheckPointCount(settings.minCheckpointCount)
    .setMaxCheckPointCount(settings.maxCheckpointCount)
    .setReadBufferCount(group.fresh.length)
    .setLiveBufferCount('0')
    .setRetryBufferCount(group.retries.length)
    .setTotalInFlightMessages(group.inFlight.size)
    .setOutstandingMessagesCount(group.inFlight.size)
    .setNamedConsumerStrategy(settings.strategy)
    .setMaxSubscriberCount(settings.maxSubscriberCount)
    .setParkedMessageCount(String(group.parking.count));
}

function connectionOf({
  details,
  measurements,
  freeSlots,
  inFlight,
}: Consumer): persistent.SubscriptionInfo.ConnectionInfo {
  const { count, perSecond } = measurements.sinceLast();
  return new SubscriptionInfo.ConnectionInfo()
    .setFrom(details.from)
    .setUsername(details.user)
    .setConnectionName(details.connectionName)
    .setAverageItemsPerSecond(perSecond)
    .setTotalItems(String(measurements.total))
    .setCountSinceLastMeasurement(String(count))
    .setObservedMeasurementsList(
      measurements
        .latencies()
        .map(([key, value]) => new SubscriptionInfo.Measurement().setKey(key).setValue(String(value))),
    )
    .setAvailableSlots(freeSlots)
    .setInFlightMessages(inFlight);
}
