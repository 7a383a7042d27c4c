import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { followerStatus } from '../../../../projections/follower-status.js';
import { Leases } from '../../../../projections/lease.js';
import { checkpointMove, type CheckpointMove } from '../../../../projections/move-checkpoint.js';
import type { Platform } from '../../../platform.js';
import { followerNamed, followersOf } from '../followers-of.js';
import { followersText, parkedText } from '../followers-text.js';
import { progressBar } from '../../progress-bar.js';
import { answer, confirm } from '../output.js';
import { Refused } from '../refused.js';
import { onRunning } from '../running.js';

/** How long to wait for the process that runs a follower to answer, in milliseconds. */
const PATIENCE = 60_000;
/** Parked events that are listed. */
const LISTED = 500;

/** What follows the log: how it is doing, and what an operator may ask of it. */
export function followersCommands(program: Command): void {
  const group = program.command('followers').description('what follows the log: read models, mail, erasure, Kafka');
  group
    .command('status')
    .description('lag, who runs each, what is paused, parked or being rebuilt')
    .action(async (_options: object, command: Command) => {
      const status = await onRunning(statusOf);
      answer(command, status, followersText(status));
    });
  group
    .command('pause <name>')
    .description('has a follower stand still, in every process, until it is resumed')
    .action(async (name: string, _options: object, command: Command) => {
      await onRunning((platform) => platform.controls.pause(followerNamed(platform, name).name));
      answer(command, { paused: name }, `${name} is paused`);
    });
  group
    .command('resume <name>')
    .description('has it go on')
    .action(async (name: string, _options: object, command: Command) => {
      await onRunning((platform) => platform.controls.resume(followerNamed(platform, name).name));
      answer(command, { resumed: name }, `${name} goes on`);
    });
  group
    .command('parked [name]')
    .description('the events that could not be handled, and those that wait behind them')
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const events = await onRunning((platform) => platform.parked.list(name, LISTED));
      answer(command, events, parkedText(events));
    });
  group
    .command('replay <name> [stream]')
    .description('tries parked events again, in their order; where all go well their stream goes on')
    .action(async (name: string, stream: string | undefined, _options: object, command: Command) => {
      const { events, left } = await onRunning((platform) => replay(platform, name, stream ?? null));
      answer(command, { events, left }, `${events} events replayed, ${left} are parked still`);
    });
  group
    .command('rebuild <name>')
    .description('builds a read model anew beside the live one, then puts it in its place; nobody notices')
    .action(async (name: string, _options: object, command: Command) => {
      const { events } = await onRunning((platform) => rebuild(platform, name));
      answer(command, { rebuilt: name, events }, `${name} was built anew from ${events} events and took its place`);
    });
  group
    .command('set-checkpoint <name> <position>')
    .description('has a follower of effects go on behind a position of the log, or behind its end')
    .addHelpText('after', SET_CHECKPOINT)
    .action(async (name: string, where: string, _options: object, command: Command) => {
      const move = await onRunning((platform) => setCheckpoint(platform, name, where, command));
      answer(command, { follower: name, ...move }, `${name} goes on behind ${move.to} once it is started again`);
    });
}

const SET_CHECKPOINT = `
POSITION is "end" or a number, as the log lines say it. After an older log was put back beside the vault as it was, "end" is
right: what the log holds was dealt with before. Says first what it would leave out or do again.`;

async function setCheckpoint(
  platform: Platform,
  name: string,
  where: string,
  command: Command,
): Promise<CheckpointMove> {
  const follower = followerNamed(platform, name);
  if (follower.shadow) throw new Refused(`${name} keeps a read model: it is built again from the first event.`);
  if (where !== 'end' && !/^\d+$/.test(where)) throw new Refused(`A position is "end" or a number: not ${where}.`);
  const living = await new Leases(platform.vault, 'operator').living();
  if (living.some(({ _id }) => _id === name)) throw new Refused(`${name} is running: pause it first, then resume it.`);
  const move = await checkpointMove(platform.events, follower, where === 'end' ? where : BigInt(where));
  if (!move) throw new Refused(`The log does not hold the position ${where}.`);
  const { from, to, leftOut, again } = move;
  await confirm(command, `From ${from} to ${to}: ${leftOut} events are left out, ${again} are handled again.`);
  await follower.checkpoints.write(name, to);
  return move;
}

function statusOf(platform: Platform) {
  const { events, parked, controls, vault, clock } = platform;
  const leases = new Leases(vault, 'operator');
  return followerStatus({ events, parked, controls, leases, followers: followersOf(platform), now: clock.now() });
}

async function replay(platform: Platform, name: string, stream: string | null) {
  followerNamed(platform, name);
  const id = await platform.controls.askReplay(name, stream);
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(200)) {
    const { replayed } = await platform.controls.of(name);
    if (replayed?.id === id) return replayed;
  }
  throw new Refused(`No process has replayed it so far: it will be done when one runs ${name}. See: followers status.`);
}

/** Waits for as long as it moves on, and shows how far it is on the way to where the live one was at the beginning. */
async function rebuild(platform: Platform, name: string): Promise<{ events: number }> {
  const { controls } = platform;
  const follower = followerNamed(platform, name);
  if (!follower.shadow) throw new Refused(`${name} keeps no read model.`);
  const end = (await follower.checkpoints.read(name)) || 1n;
  const id = await controls.askRebuild(name);
  let [events, movedAt] = [-1, Date.now()];
  const bar = progressBar(100, (share) => `${share} %, ${Math.max(events, 0)} events`);
  for (;;) {
    const { rebuild: under, rebuilt } = await controls.of(name);
    if (rebuilt?.id === id) {
      events = rebuilt.events;
      bar.to(100);
      bar.end();
      return rebuilt;
    }
    if (under && under.events > events) {
      [events, movedAt] = [under.events, Date.now()];
      bar.to(Math.min(99, Number((BigInt(under.position) * 100n) / end)));
    }
    if (Date.now() - movedAt > PATIENCE) {
      bar.end();
      throw new Refused(`Nothing has moved for ${PATIENCE / 1_000} s. It will go on when a process runs ${name}.`);
    }
    await sleep(500);
  }
}
