import { RecordedEvent } from '../events.js';

const SMALLEST = 8;
const LARGEST = 512;
const BYTES = 1_048_576;

/** How many events to read at a time: as many as come to about a mebibyte, judging by those read before. */
export class PageSize {
  #size = 32;

  get size(): number {
    return this.#size;
  }

  adapt(page: RecordedEvent[]): void {
    if (page.length === 0) return;
    const bytes = page.reduce((sum, { data, metadata }) => sum + data.length + metadata.length + 100, 0);
    this.#size = Math.min(LARGEST, Math.max(SMALLEST, Math.floor((BYTES / bytes) * page.length)));
  }
}
