import { Api } from './api.js';
import { operations } from './operations.js';
import type { Council, Form } from './types.js';

/** Councils and forms change when the API is started anew: a minute is soon enough to see it. */
const KEPT = 60_000;

/** The council's public face and its forms, asked for once a minute rather than once a page. */
export class Catalogue {
  private readonly kept = new Map<string, { until: number; value: Promise<unknown> }>();

  constructor(private readonly base: string) {}

  council(id: string): Promise<Council> {
    return this.once(`council/${id}`, () => new Api(this.base, id, undefined).ask<Council>(operations.council));
  }

  /** The newest version unless one is given. */
  form(council: string, id: string, version?: number): Promise<Form> {
    return this.once(`form/${council}/${id}/${version ?? ''}`, () =>
      new Api(this.base, council, undefined).ask<Form>(operations.form, { id, version }),
    );
  }

  private once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const now = Date.now();
    const known = this.kept.get(key);
    if (known && known.until > now) return known.value as Promise<T>;
    for (const [old, { until }] of this.kept) if (until <= now) this.kept.delete(old);
    const value = ask();
    this.kept.set(key, { until: now + KEPT, value });
    // A refusal is not kept.
    value.catch(() => this.kept.delete(key));
    return value;
  }
}
