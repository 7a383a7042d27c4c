import type { FollowerStatus } from '../../../projections/follower-status.js';
import type { ParkedEvent } from '../../../projections/parked.js';

/** What `npm run ops -- followers status` prints. */
export function followersText(followers: readonly FollowerStatus[]): string {
  return followers.map(followerLine).join('\n');
}

function followerLine(status: FollowerStatus): string {
  const { follower, events, seconds, more, beyondLog, holder, stopped, pausedAt, parked, rebuild } = status;
  const behind = `behind by ${more ? 'at least ' : ''}${events} events, ${seconds.toFixed(0)} s`;
  const behindOrNot = events === 0 && !more ? 'up to date' : behind;
  const notes = [
    beyondLog ? 'its checkpoint is BEYOND THE LOG: after-restore, or set-checkpoint' : behindOrNot,
    pausedAt ? `PAUSED since ${pausedAt.toISOString()}` : holder ? `run by ${holder}` : 'run by nobody',
    ...(stopped === null ? [] : [`STOPPED: ${stopped}`]),
    ...(parked.events > 0 ? [`${parked.events} events PARKED in ${parked.streams} streams`] : []),
    ...(rebuild ? [`rebuilding: ${(rebuild.progress * 100).toFixed(0)} %, ${rebuild.events} events`] : []),
  ];
  return `${follower.padEnd(18)} ${notes.join('; ')}`;
}

/** What `npm run ops -- followers parked` prints. */
export function parkedText(events: readonly ParkedEvent[]): string {
  if (events.length === 0) return 'nothing is parked';
  return events
    .map(({ follower, stream, revision, position, type, error, attempts, parkedAt }) => {
      const why = error === null ? 'waits behind' : `${error}, tried ${attempts} times`;
      return `${follower}  ${stream} ${revision}  ${type} at ${position}  ${parkedAt.toISOString()}  ${why}`;
    })
    .join('\n');
}
