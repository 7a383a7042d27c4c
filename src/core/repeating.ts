/** Work that is done at once and then time and again; one that is still at it when its time comes again is left to it. */
export class Repeating {
  private timer?: NodeJS.Timeout;
  private running?: Promise<void>;

  /** `failed` is told of each run that failed; the next comes all the same. */
  constructor(
    private readonly work: () => Promise<unknown>,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Begins; `every` is in milliseconds. */
  start(every: number): void {
    const run = () => {
      this.running ??= this.work()
        .then(() => undefined, this.failed)
        .finally(() => (this.running = undefined));
    };
    run();
    this.timer = setInterval(run, every);
  }

  /** Begins no more, and waits for the run that is under way. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }
}
