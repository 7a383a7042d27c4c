import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export interface Proxy {
  port: number;
  /** Where new connections go from now on. */
  target: number;
  /** How long each chunk of bytes is held up on its way, in milliseconds: what a slow network or server looks like. */
  slowness: number;
  /** Swallows every byte of the connections there are, both ways, and never resets them; new ones go through. */
  swallow(): void;
  /** Breaks the connections there are. */
  cut(): void;
  stop(): Promise<void>;
}

/** Stands between a client and a server on loopback, and does to their connections what networks do. */
export async function startProxy(target: number): Promise<Proxy> {
  const pairs = new Set<{ near: Socket; far: Socket }>();
  const server = createServer((near) => {
    const far = connect(proxy.target, '127.0.0.1');
    const pair = { near, far };
    pairs.add(pair);
    near.pipe(heldUp()).pipe(far);
    far.pipe(heldUp()).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.setNoDelay();
      one.on('error', () => other.destroy());
      one.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
  });
  const heldUp = () =>
    new Transform({
      transform(chunk, _encoding, pass) {
        if (proxy.slowness === 0) return pass(null, chunk);
        setTimeout(() => pass(null, chunk), proxy.slowness);
      },
    });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: Proxy = {
    port: (server.address() as AddressInfo).port,
    target,
    slowness: 0,
    swallow() {
      for (const { near, far } of pairs) {
        near.unpipe();
        far.unpipe();
        near.resume();
        far.resume();
      }
    },
    cut() {
      for (const { near, far } of pairs) {
        near.resetAndDestroy();
        far.destroy();
      }
    },
    async stop() {
      proxy.cut();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
