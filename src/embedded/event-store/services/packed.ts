/** What precedes a message on a gRPC stream: whether it is compressed, and its length. */
const FRAME = 5;

interface Serializable {
  serializeBinary(): Uint8Array;
}

/**
 * Several encoded messages that go out in one piece: a write to HTTP/2 costs more than most messages do. To grpc-js it is
 * the buffer of one message, which it measures, gives room behind a frame and lets copy itself: this one measures and
 * copies all of its messages with their frames, the first over the frame that grpc-js has written.
 */
export class Packed {
  readonly byteLength: number;

  constructor(private readonly messages: readonly Uint8Array[]) {
    this.byteLength = messages.reduce((sum, { length }) => sum + FRAME + length, -FRAME);
  }

  copy(target: Buffer, start: number): number {
    let at = start - FRAME;
    for (const message of this.messages) {
      target[at] = 0;
      at = target.writeUInt32BE(message.length, at + 1);
      target.set(message, at);
      at += message.length;
    }
    return this.byteLength;
  }
}

/** A streaming method of a service, able to send what is packed beside ordinary messages. */
export function packing<Method extends { responseSerialize: unknown }>(method: Method): Method {
  const responseSerialize = (message: Packed | Serializable): Packed | Buffer =>
    message instanceof Packed ? message : Buffer.from(message.serializeBinary());
  return { ...method, responseSerialize };
}
