const [VARINT, BYTES] = [0, 2];

/**
 * Writes one protobuf message from its end to its beginning: by the time a nested message's length is to be written, it
 * is known. So fields are given last first. For the few messages of which there are thousands a second; the generated
 * classes are ten times slower.
 */
export class BackwardWriter {
  private readonly buffer: Buffer;
  private at: number;

  /** `capacity` is the most bytes that the message can have. */
  constructor(capacity: number) {
    this.buffer = Buffer.allocUnsafe(capacity);
    this.at = capacity;
  }

  /** Where the writing has come to: to be given to `nest`. */
  get place(): number {
    return this.at;
  }

  bytes(field: number, value: Uint8Array): void {
    this.raw(value);
    this.head(field, value.length);
  }

  text(field: number, value: string): void {
    const size = Buffer.byteLength(value);
    this.at -= size;
    this.buffer.write(value, this.at, 'utf8');
    this.head(field, size);
  }

  /** A uint64 below 2^53. */
  number(field: number, value: number): void {
    this.varint(value);
    this.varint(field * 8 + VARINT);
  }

  /** An int64 or uint64 of any size. */
  wide(field: number, value: bigint): void {
    const septets: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) septets.push(Number(rest & 0x7fn) | 0x80);
    this.raw(Uint8Array.from([...septets, Number(rest)]));
    this.varint(field * 8 + VARINT);
  }

  /** Makes all that was written since `end` was the place a nested message. */
  nest(field: number, end: number): void {
    this.head(field, end - this.at);
  }

  take(): Buffer {
    return this.buffer.subarray(this.at);
  }

  private head(field: number, size: number): void {
    this.varint(size);
    this.varint(field * 8 + BYTES);
  }

  private raw(value: Uint8Array): void {
    this.at -= value.length;
    if (this.at < 0) throw new RangeError('A protobuf message is larger than was reckoned.');
    this.buffer.set(value, this.at);
  }

  private varint(value: number): void {
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
    this.at -= size;
    let [at, rest] = [this.at, value];
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.buffer[at++] = (rest % 0x80) + 0x80;
    this.buffer[at] = rest;
  }
}
