const WIDTH = 40;

/**
 * A bar on standard error that fills as something gets on, with a text of how far it is; where that is no terminal, a
 * line at each tenth.
 */
export function progressBar(total: number, text: (done: number) => string) {
  const begun = Date.now();
  const { stderr } = process;
  let done = 0;
  let shown = -1;
  const to = (now: number): void => {
    done = Math.min(now, total);
    const share = Math.floor((done / total) * (stderr.isTTY ? 100 : 10));
    if (share === shown) return;
    shown = share;
    const filled = Math.round((done / total) * WIDTH);
    const seconds = ((Date.now() - begun) / 1_000).toFixed(0);
    const line = `[${'█'.repeat(filled)}${'·'.repeat(WIDTH - filled)}] ${text(done)}, ${seconds} s`;
    stderr.write(stderr.isTTY ? `\r${line}` : `${line}\n`);
  };
  return { to, step: () => to(done + 1), end: () => void (stderr.isTTY && stderr.write('\n')) };
}
