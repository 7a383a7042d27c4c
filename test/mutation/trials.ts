import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JEST, type Suite } from './suites.js';

/** A mutant and the suites that reach it, the quickest first. */
export interface Trial {
  id: string;
  suites: readonly Suite[];
}

export interface Verdict {
  id: string;
  outcome: 'killed' | 'timed out' | 'survived';
  /** The test that noticed it. */
  by: string;
}

/** How many mutants one process tries: jest never frees the modules that it loads for each. */
const IN_ONE_PROCESS = 40;
/** A mutant times out after this many milliseconds plus this many times what its suites take without it. */
const [PATIENCE, TIMES] = [30_000, 4];
const LOOK = 250;

/** Tries mutants in several processes at once and reports each outcome. */
export async function tryMutants(
  sandbox: string,
  trials: readonly Trial[],
  processes: number,
  onVerdict: (verdict: Verdict) => void,
): Promise<void> {
  const queue = [...trials];
  const work = async () => {
    while (queue.length > 0) {
      let batch = queue.splice(0, Math.min(IN_ONE_PROCESS, Math.ceil(queue.length / processes)));
      while (batch.length > 0) batch = await inOneProcess(sandbox, batch, onVerdict);
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
}

/** Returns the trials that are left: a mutant that hangs takes its process with it. */
async function inOneProcess(sandbox: string, batch: readonly Trial[], onVerdict: (verdict: Verdict) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
  const [plan, progress] = [join(folder, 'plan.json'), join(folder, 'progress')];
  writeFileSync(plan, JSON.stringify(batch.map(({ id, suites }) => ({ id, suites: suites.map(({ path }) => path) }))));
  const paths = [...new Set(batch.flatMap(({ suites }) => suites.map(({ path }) => path)))];
  const child = spawn(process.execPath, [...JEST, '--runInBand', '--silent', '--runTestsByPath', ...paths], {
    cwd: sandbox,
    env: { ...process.env, MUTATION_PLAN: plan, MUTATION_PROGRESS: progress, TMPDIR: folder },
    stdio: 'ignore',
    detached: true,
  });
  const end = () => endGroup(child.pid!);
  process.once('exit', end);
  let hasEnded = false;
  const exited = once(child, 'exit').then(() => (hasEnded = true));
  let heard = 0;
  let done = 0;
  let begun = Date.now();
  const hear = () => {
    const lines = existsSync(progress) ? readFileSync(progress, 'utf8').split('\n').slice(0, -1) : [];
    for (const line of lines.slice(heard)) {
      const said = JSON.parse(line) as Omit<Verdict, 'outcome'> & { outcome: Verdict['outcome'] | 'begun' };
      begun = Date.now();
      if (said.outcome === 'begun') continue;
      done += 1;
      onVerdict(said as Verdict);
    }
    heard = lines.length;
  };
  while (done < batch.length) {
    await Promise.race([sleep(LOOK), exited]);
    const ended = hasEnded;
    hear();
    if (done === batch.length) break;
    const { id, suites } = batch[done]!;
    const usual = suites.reduce((sum, { took }) => sum + took, 0);
    const isLate = Date.now() - begun > PATIENCE + TIMES * usual;
    if (!ended && !isLate) continue;
    // A process that ended by itself in the middle of a mutant was ended by it.
    onVerdict({ id, outcome: ended ? 'killed' : 'timed out', by: ended ? 'the process ended' : '' });
    done += 1;
    break;
  }
  end();
  await exited;
  process.off('exit', end);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  return batch.slice(done);
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
