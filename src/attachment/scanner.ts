import { connect, type Socket } from 'node:net';
import { TransientError } from '../core/transient-errors.js';

/** What a scanner found: nothing, or malware by the name that its signature gives it. */
export type Verdict = { clean: true } | { clean: false; name: string };

/** Looks for malware in files. Throws ScannerDown where it cannot say: then nothing may be released. */
export abstract class Scanner {
  abstract scan(bytes: Buffer): Promise<Verdict>;
}

/** No verdict was to be had. Its message is for operators and names no file. */
export class ScannerDown extends TransientError {}

/** Where no scanner is configured, the inspection of the content has the last word. */
export class NoScanner extends Scanner {
  async scan(): Promise<Verdict> {
    return { clean: true };
  }
}

/** What clamd takes in one chunk of a stream; it has no limit of its own for them but the whole. */
const CHUNK = 64 * 1024;
/** The longest that a reply is: a name of a signature, with room to spare. */
const LONGEST_REPLY = 4_096;

/**
 * ClamAV's daemon, over TCP or a unix socket, by INSTREAM: the bytes travel, so it needs no access to where files are
 * kept. One connection for each file. Whatever is not a clear word of clamd's counts as none.
 */
export class ClamdScanner extends Scanner {
  constructor(
    /** tcp://host:port, or unix:/path/of/the/socket. */
    private readonly url: string,
    /** Milliseconds for one file: longer than clamd's own MaxScanTime, 120 s, is no use. */
    private readonly limit = 30_000,
  ) {
    super();
  }

  async scan(bytes: Buffer): Promise<Verdict> {
    const reply = await this.ask(bytes);
    if (reply === 'stream: OK') return { clean: true };
    const [, name] = /^stream: (.+) FOUND$/.exec(reply) ?? [];
    if (name !== undefined) return { clean: false, name };
    // "INSTREAM size limit exceeded. ERROR": clamd's StreamMaxLength is below the council's limit.
    throw new ScannerDown(`clamd answered: ${reply.slice(0, 200)}`);
  }

  /** Throws ScannerDown where it does not answer. */
  async ping(): Promise<void> {
    const reply = await this.ask();
    if (reply !== 'PONG') throw new ScannerDown(`clamd answered: ${reply.slice(0, 200)}`);
  }

  /** Without bytes it is only asked whether it is there. */
  private ask(bytes?: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(addressOf(this.url));
      const timer = setTimeout(() => end(new ScannerDown('clamd did not answer in time')), this.limit);
      let reply = '';
      const end = (result: Error | string) => {
        clearTimeout(timer);
        socket.destroy();
        if (typeof result === 'string') resolve(result);
        else reject(result);
      };
      socket.setEncoding('utf8');
      socket.on('data', (text: string) => {
        reply += text;
        const [line, ...rest] = reply.split('\0');
        if (rest.length > 0) end(line!);
        else if (reply.length > LONGEST_REPLY) end(new ScannerDown('clamd said more than a reply is long'));
      });
      socket.on('error', ({ message }) => end(new ScannerDown(`clamd cannot be reached: ${message}`)));
      socket.on('close', () => end(new ScannerDown('clamd closed the connection before it answered')));
      socket.on('connect', () => (bytes ? send(socket, bytes) : socket.write('zPING\0')));
    });
  }
}

/** "z": commands and replies end with a NUL. Chunks say their length first; one of none ends the stream. */
function send(socket: Socket, bytes: Buffer): void {
  socket.write('zINSTREAM\0');
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const chunk = bytes.subarray(at, at + CHUNK);
    socket.write(lengthOf(chunk));
    socket.write(chunk);
  }
  socket.write(lengthOf(Buffer.alloc(0)));
}

function lengthOf({ length }: Buffer): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(length);
  return prefix;
}

function addressOf(url: string): { path: string } | { host: string; port: number } {
  if (url.startsWith('unix:')) return { path: url.slice('unix:'.length).replace(/^\/\//, '') };
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 3310) };
}
