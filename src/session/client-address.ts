import { isIP } from 'node:net';

/**
 * The client address that limits count by: an IPv4 address, or the /64 of an IPv6 one, of which a single household has
 * 2^64 (RFC 6177). `forwarded` addresses are given here only where the proxy that says so is trusted (TRUST_PROXY).
 */
export function clientAddress(ip: string | undefined): string {
  if (!ip) return 'unknown';
  const plain = ip.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (isIP(plain) !== 6) return plain;
  const [before = '', after = ''] = plain.split('::');
  const head = before.split(':').filter(Boolean);
  const tail = after.split(':').filter(Boolean);
  const zeros = plain.includes('::') ? Array<string>(8 - head.length - tail.length).fill('0') : [];
  const groups = [...head, ...zeros, ...tail].slice(0, 4).map((group) => parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}
