import { describe, expect, test } from '@jest/globals';
import { clientAddress } from '../../src/session/client-address.js';
import { deviceOf } from '../../src/session/device.js';
import { defaultLimits, readLimits } from '../../src/session/limit-settings.js';
import { readTrustedProxies } from '../../src/trusted-proxies.js';
import { weakSecrets } from '../../src/weak-secrets.js';

describe('the address that limits count by', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff::', '2001:db8:1:2::/64'],
    ['2001::1:2:3:4:5:6', '2001:0:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('of %s is %s', (ip, counted) => {
    expect(clientAddress(ip)).toBe(counted);
  });
});

describe('the device of a session', () => {
  const chrome =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36';
  test.each([
    [chrome, 'Chrome on Windows'],
    [`${chrome} Edg/142.0`, 'Edge on Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1', 'Safari on iPhone'],
    ['Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) CriOS/142.0 Mobile/15E148 Safari/604.1', 'Chrome on iPad'],
    ['Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36 EdgA/142.0', 'Edge on Android'],
    [
      'Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36',
      'Samsung Internet on Android',
    ],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15', 'Safari on Mac'],
    ['Mozilla/5.0 (X11; CrOS x86_64 16000.0.0) Chrome/142.0 Safari/537.36', 'Chrome on ChromeOS'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) FxiOS/140.0 Mobile Safari/604.1', 'Firefox on iPhone'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0 Safari/537.36 OPR/120.0', 'Opera on Windows'],
    ['curl/8', 'Another program'],
    ['', 'Another program'],
  ])('of %j is "%s"', (userAgent, device) => {
    expect(deviceOf(userAgent)).toBe(device);
  });
});

describe('limits as an operator writes them', () => {
  test('change what they name and leave the rest', () => {
    expect(readLimits('')).toEqual(readLimits(defaultLimits));
    expect(readLimits('calls=off, log-ins=3/2h')).toEqual({
      ...readLimits(''),
      calls: null,
      'log-ins': { most: 3, within: 7_200_000 },
    });
  });

  test.each(['speed=1/1m', 'calls=0/1m', 'calls=1', 'calls=1/1d', 'calls'])('refuse %s', (text) => {
    expect(() => readLimits(text)).toThrow(/knows no limit "speed"|must say "calls"/);
  });
});

describe('trusted proxies', () => {
  test('are addresses and networks, or none', () => {
    expect(readTrustedProxies('none')).toEqual([]);
    expect(readTrustedProxies('10.0.0.5, 10.1.0.0/16,::1')).toEqual(['10.0.0.5', '10.1.0.0/16', '::1']);
  });

  test.each(['true', '*', '0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0.0.1/8/8', '1', ''])('are not %j', (text) => {
    expect(() => readTrustedProxies(text)).toThrow('must be none, or addresses');
  });
});

describe('secrets of a production installation', () => {
  const random = (seed: number) => Buffer.from(Array.from({ length: 32 }, (_, n) => (n * 37 + seed) % 256));
  const key = (seed: number) => random(seed).toString('base64');
  const good = {
    MASTER_KEY: key(1),
    APP_SECRET: key(2),
    STAFF_ISSUER: 'https://login.example/',
    STAFF_JWKS_URL: 'https://login.example/keys',
  };

  test('are fine where they are random and each is another', () => {
    expect(weakSecrets(good)).toEqual([]);
    expect(weakSecrets({ ...good, LOOKUP_SECRET: key(2), APP_SECRET_PREVIOUS: `${key(3)}, ${key(4)}` })).toEqual([]);
  });

  test.each([
    [{ MASTER_KEY: Buffer.alloc(32).toString('base64') }, 'MASTER_KEY is not random'],
    [{ APP_SECRET: Buffer.from('0123456789abcdef'.repeat(2)).toString('base64') }, 'APP_SECRET is not random'],
    [
      { APP_SECRET_PREVIOUS: `${key(3)},${Buffer.alloc(32, 7).toString('base64')}` },
      'APP_SECRET_PREVIOUS is not random',
    ],
    [{ APP_SECRET: key(1) }, 'APP_SECRET must differ from MASTER_KEY'],
    [{ STAFF_ISSUER: 'frontdoor-development' }, 'STAFF_ISSUER must be set in production'],
    [{ RECAPTCHA_SECRET: '6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe' }, 'RECAPTCHA_SECRET is a key for tests'],
  ])('are refused by name, not by value: %#', (change, problem) => {
    const problems = weakSecrets({ ...good, ...change });
    expect(problems).toEqual([expect.stringContaining(problem)]);
    for (const value of Object.values(change)) expect(problems[0]).not.toContain(value);
  });
});
