import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { reportFault, StoreError, toRefusal } from '../problem.js';
import { Packed } from './packed.js';

/** What is collected goes out at this size: enough to be worth a write, little enough to wait for its turn in memory. */
const PACKED_BYTES = 65_536;

/** The streaming calls that are under way, so that they can be told when the server goes down. */
export class OpenCalls {
  readonly #cancels = new Set<() => void>();

  /** Notes what cancels a call; the result is to be called when the call is over. */
  add(cancel: () => void): () => void {
    this.#cancels.add(cancel);
    return () => this.#cancels.delete(cancel);
  }

  cancel(): void {
    for (const cancel of this.#cancels) cancel();
  }
}

/** The sending side of a call: waits while the caller cannot take more, and knows when there is no caller any more. */
export class Outgoing<Response> {
  #open = true;
  #resume: (() => void) | undefined;
  readonly #onClose: (() => void)[] = [];
  #collected: Uint8Array[] = [];
  #bytes = 0;

  constructor(
    private readonly call: ServerWritableStream<never, Response> | ServerDuplexStream<never, Response>,
    openCalls: OpenCalls,
  ) {
    call.on('drain', () => this.#resume?.());
    for (const end of ['cancelled', 'close', 'error']) call.on(end, () => this.#close());
    this.onClose(openCalls.add(() => this.fail(new StoreError({ kind: 'cancelled' }))));
  }

  get open(): boolean {
    return this.#open;
  }

  onClose(listener: () => void): void {
    if (this.#open) this.#onClose.push(listener);
    else listener();
  }

  /** Sends a message. Where a promise comes back, wait for it before sending the next. */
  send(message: Response): Promise<void> | undefined {
    // What waits for the caller is the message behind it.
    void this.flush();
    return this.#write(message);
  }

  /** Collects an encoded message, to go out with others: with enough of them, or at `flush`. Wait as after `send`. */
  collect(message: Uint8Array): Promise<void> | undefined {
    this.#collected.push(message);
    this.#bytes += message.length;
    return this.#bytes >= PACKED_BYTES ? this.flush() : undefined;
  }

  /** Sends what was collected. */
  flush(): Promise<void> | undefined {
    if (this.#collected.length === 0) return undefined;
    const packed = new Packed(this.#collected);
    this.#collected = [];
    this.#bytes = 0;
    return this.#write(packed);
  }

  end(): void {
    void this.flush();
    if (this.#open) this.call.end();
    this.#close();
  }

  /** Ends the call with a status. `destroy` would never reach the client. */
  fail(error: unknown): void {
    if (!this.#open) return;
    reportFault('A call failed', error);
    void this.flush();
    this.call.emit('error', toRefusal(error));
    this.#close();
  }

  #write(message: Response | Packed): Promise<void> | undefined {
    if (!this.#open || this.call.write(message as Response)) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#resume?.();
    for (const listener of this.#onClose) listener();
  }
}
