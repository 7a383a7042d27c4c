/** One figure: what was measured, and against what in the same run. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** The other side's value, in the same unit; absent where the figure stands alone. */
  against?: number;
  /** What the ratio value / against has to be; the value itself where it stands alone. */
  bar?: { least?: number; most?: number };
  /** Milliseconds of a single answer, where answers were timed. */
  p50?: number;
  p99?: number;
  note: string;
}

/** How a run is made. For trying out, the sizes of what is prepared are multiplied by `scale`, and rounds are short. */
export interface Options {
  scale: number;
  /** How long each side is measured in a round, in seconds. */
  seconds: number;
}

/** The value below which a part of the values lie. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Does `work` `times` over, at most `atOnce` at a time; gives operations a second. */
export async function rate(times: number, atOnce: number, work: (nth: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const lane = async () => {
    while (next < times) await work(next++);
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: atOnce }, lane));
  return times / ((performance.now() - started) / 1_000);
}

/** Both sides in turn, round after round, so that a machine whose speed drifts drifts for both; medians. */
export async function interleaved(rounds: number, a: () => Promise<number>, b: () => Promise<number>) {
  const values: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const pair = round % 2 === 0 ? [await a(), await b()] : [await b(), await a()].reverse();
    // The first round warms up.
    if (round > 0) values.forEach((side, nth) => side.push(pair[nth]!));
  }
  return { a: median(values[0]), b: median(values[1]) };
}

/** A figure in one line. */
export function said({ name, value, unit, against }: Figure): string {
  return `${name}: ${round(value)} ${unit}${against === undefined ? '' : `, against ${round(against)}`}`;
}

/** Prints the table; true where every bar was met. */
export function report(figures: Figure[], asJson: boolean): boolean {
  const ratio = ({ value, against }: Figure) => (against === undefined ? undefined : value / against);
  const met = (figure: Figure) => {
    const compared = ratio(figure) ?? figure.value;
    return compared >= (figure.bar?.least ?? -Infinity) && compared <= (figure.bar?.most ?? Infinity);
  };
  if (asJson) {
    const entries = figures.map(({ name, value, unit, against }) => [name, { value, unit, against }]);
    console.log(JSON.stringify(Object.fromEntries(entries)));
  } else {
    const rows = figures.map((figure) => ({
      name: figure.name,
      value: `${round(figure.value)} ${figure.unit}`,
      against: figure.against === undefined ? '' : `${round(figure.against)} ${figure.unit}`,
      ratio: ratio(figure)?.toFixed(2) ?? '',
      bar: bar(figure),
      met: figure.bar ? (met(figure) ? 'yes' : 'NO') : '',
      'p50, p99': [figure.p50, figure.p99]
        .filter((ms) => ms !== undefined)
        .map((ms) => `${round(ms)} ms`)
        .join(', '),
      what: figure.note,
    }));
    console.table(rows);
  }
  return figures.every(met);
}

function bar({ bar: wanted }: Figure): string {
  return [
    wanted?.least === undefined ? '' : `≥ ${wanted.least}`,
    wanted?.most === undefined ? '' : `≤ ${wanted.most}`,
  ].join('');
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-GB') : value.toPrecision(3);
}
