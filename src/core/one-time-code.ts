import { timingSafeEqual } from 'node:crypto';
import type { Secrets } from './secrets.js';

const PURPOSE = 'code';

/** The digits of one issue of a challenge's code: derived, so never stored anywhere. */
export function deriveCode(secrets: Secrets, challengeId: string, issue: number, digits: number): string {
  return asDigits(secrets.mac(PURPOSE, `${challengeId}/${issue}`), digits);
}

/** 64 bits taken modulo 10^8: the bias is below one in 10^11. */
function asDigits(mac: Buffer, digits: number): string {
  return (mac.readBigUInt64BE() % 10n ** BigInt(digits)).toString().padStart(digits, '0');
}

/** As it is shown in mails: in two groups, "1234 5678". */
export function spacedCode(code: string): string {
  const half = Math.ceil(code.length / 2);
  return `${code.slice(0, half)} ${code.slice(half)}`;
}

/** Whether what was typed, with or without spaces, is that issue's code; takes the same time for any wrong one. */
export function codeMatches(
  secrets: Secrets,
  challengeId: string,
  issue: number,
  digits: number,
  typed: string,
): boolean {
  const given = Buffer.from(
    typed
      .replace(/\s/g, '')
      .padEnd(digits)
      .slice(0, digits + 1),
  );
  // A code that was mailed before the secret was replaced is good for as long as that secret is accepted.
  return secrets
    .macs(PURPOSE, `${challengeId}/${issue}`)
    .map((mac) => Buffer.from(asDigits(mac, digits)))
    .map((right) => given.length === right.length && timingSafeEqual(given, right))
    .includes(true);
}
