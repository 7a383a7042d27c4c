import { isIP } from 'node:net';

/** Reads the addresses and networks of trusted proxies; none for "none". Throws Error where one is neither. */
export function readTrustedProxies(text: string): string[] {
  if (text === 'none') return [];
  const proxies = text.split(',').map((one) => one.trim());
  for (const proxy of proxies) {
    const [address = '', bits, ...more] = proxy.split('/');
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!;
    // A network of all addresses would believe the header of everybody.
    const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most);
    if (most < 0 || !fits || more.length > 0) {
      throw new Error('must be none, or addresses and networks such as 10.0.0.5, 10.0.0.0/8, comma separated');
    }
  }
  return proxies;
}
