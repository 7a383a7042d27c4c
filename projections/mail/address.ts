/** RFC 5321, 4.5.3.1: a path holds at most 256 characters, its angle brackets included; a local part 64. */
const LONGEST = 254;
const LONGEST_LOCAL = 64;

/**
 * Whether an address is safe to hand to an SMTP client: one mailbox and nothing else. Narrower than RFC 5321 (no quoted
 * local parts, no address literals), so that no line end, list or route can hide in it. Letters of any script may be.
 */
export function isMailAddress(text: string): boolean {
  const [, local, domain] = /^([^\s@"(),:;<>[\\\]\p{C}]+)@([\p{L}\p{N}]+(?:[.-]+[\p{L}\p{N}]+)*)$/u.exec(text) ?? [];
  return local !== undefined && domain !== undefined && text.length <= LONGEST && local.length <= LONGEST_LOCAL;
}

/** As it may be shown to staff and kept: "j***@example.org". */
export function maskedAddress(address: string): string {
  const [first = ''] = address;
  return `${first}***@${address.slice(address.lastIndexOf('@') + 1)}`;
}

/** What of a masked address is kept when its owner was erased. */
export const NOBODY = '***';
