import { WrongMasterKey, type MasterKeys } from './master-keys.js';
import { TransientError } from './transient-errors.js';

/** A key of HashiCorp Vault's (or OpenBao's) transit engine: https://host:8200, the engine's path, the key's name. */
export interface TransitPlace {
  url: string;
  mount: string;
  key: string;
  token: string;
}

/** `vault+https://host:8200/transit/frontdoor`: where, without the token. Null for all else. */
export function readTransitUrl(text: string): Omit<TransitPlace, 'token'> | null {
  const [, url, mount, key] = /^vault\+(https?:\/\/[^/]+)\/([\w/-]+)\/([\w.-]+)$/.exec(text) ?? [];
  return url && mount && key ? { url, mount, key } : null;
}

const PATIENCE = 5_000;

/** Data keys wrapped by a transit engine: the master key never leaves it, and it rotates by itself. */
export class VaultTransit implements MasterKeys {
  private constructor(
    private readonly place: TransitPlace,
    private version: number,
  ) {}

  /** Throws where the engine cannot be reached, or has no such key. */
  static async open(place: TransitPlace): Promise<VaultTransit> {
    const transit = new VaultTransit(place, 0);
    const { latest_version: version } = await transit.ask<{ latest_version: number }>('GET', `keys/${place.key}`);
    transit.version = version;
    return transit;
  }

  get current(): string {
    return `vault:v${this.version}`;
  }

  async wrap(key: Buffer, context: string): Promise<Buffer> {
    const given = { plaintext: key.toString('base64'), associated_data: base64(context) };
    const { ciphertext } = await this.ask<{ ciphertext: string }>('POST', `encrypt/${this.place.key}`, given);
    // It may have rotated since: what it wraps says under which version.
    this.version = Math.max(this.version, Number(/^vault:v(\d+):/.exec(ciphertext)?.[1] ?? 0));
    return Buffer.from(ciphertext);
  }

  async unwrap(wrapped: Buffer, context: string): Promise<Buffer> {
    const ciphertext = wrapped.toString('utf8');
    if (!ciphertext.startsWith('vault:v')) throw new WrongMasterKey();
    const given = { ciphertext, associated_data: base64(context) };
    const { plaintext } = await this.ask<{ plaintext: string }>('POST', `decrypt/${this.place.key}`, given);
    return Buffer.from(plaintext, 'base64');
  }

  /**
   * Throws WrongMasterKey where the engine says that it did not wrap this. Every other failure is transient: a sealed
   * Vault, a token that ran out and a key that is missing are about the installation, never about one data key.
   */
  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const { url, mount, token } = this.place;
    const [verb] = path.split('/');
    let status: number | undefined;
    try {
      const reply = await fetch(`${url}/v1/${mount}/${path}`, {
        method,
        headers: { 'x-vault-token': token, 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE),
      });
      status = reply.status;
      if (reply.ok) return ((await reply.json()) as { data: T }).data;
    } catch (error) {
      throw new TransientError(`The key service gave no answer to ${verb} that can be read.`, { cause: error });
    }
    if (status === 400 && verb === 'decrypt') throw new WrongMasterKey();
    throw new TransientError(`The key service answered ${status} to ${verb}.`);
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
