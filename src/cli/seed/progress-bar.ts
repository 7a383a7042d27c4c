const WIDTH = 40;

/** A bar on standard error that fills as `step` is called; where that is no terminal, a line at each tenth. */
export function progressBar(what: string, total: number): { step(): void; end(): void } {
  const begun = Date.now();
  const { stderr } = process;
  let done = 0;
  let shown = -1;
  const show = () => {
    const share = Math.floor((done / total) * (stderr.isTTY ? 100 : 10));
    if (share === shown) return;
    shown = share;
    const filled = Math.round((done / total) * WIDTH);
    const seconds = ((Date.now() - begun) / 1_000).toFixed(0);
    const line = `[${'█'.repeat(filled)}${'·'.repeat(WIDTH - filled)}] ${done} of ${total} ${what}, ${seconds} s`;
    stderr.write(stderr.isTTY ? `\r${line}` : `${line}\n`);
  };
  return {
    step() {
      done += 1;
      show();
    },
    end: () => void (stderr.isTTY && stderr.write('\n')),
  };
}
