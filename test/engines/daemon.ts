import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Somebody else's server as a process that a test can take away and bring back where it was. */
export class Daemon {
  private child?: ChildProcess;

  /** `isUp` says whether it serves; it is given `patience` milliseconds until then. */
  constructor(
    private readonly program: string,
    private readonly args: readonly string[],
    private readonly isUp: () => Promise<boolean>,
    private readonly patience = 30_000,
    private readonly cwd?: string,
  ) {}

  /** Starts it, for the first time or again; resolves when it serves. */
  async resume(): Promise<void> {
    const { program } = this;
    const child = spawn(program, this.args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: this.cwd });
    this.child = child;
    process.once('exit', () => child.kill('SIGKILL'));
    let said = '';
    const hear = (text: Buffer) => (said = (said + text.toString()).slice(-2_000));
    for (const output of [child.stdout, child.stderr]) output.on('data', hear);
    for (const until = Date.now() + this.patience; Date.now() < until; await sleep(100)) {
      if (child.exitCode !== null) throw new Error(`${program} ended with code ${child.exitCode}: ${said}`);
      if (await this.isUp()) return;
    }
    throw new Error(`${program} did not come up within ${this.patience / 1_000} s: ${said}`);
  }

  /** Ends it, as a crash would unless told otherwise; what it keeps on disk stays. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** Stopped, it neither answers nor hangs up: what a frozen machine looks like. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }
}
