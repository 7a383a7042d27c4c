import type { JWTPayload } from 'jose';
import type { StaffProvider } from '../council/council.js';

export const staffRoles = ['WORKER', 'AUDITOR', 'RECORDS_OFFICER', 'SERVICE'] as const;
export type StaffRole = (typeof staffRoles)[number];

/** What a token says of its bearer by a council's configuration; undefined where it gives no role, or is not that council's. */
export function readClaims(claims: JWTPayload, provider: StaffProvider): { role: StaffRole; name: string } | undefined {
  const fits = Object.entries(provider.requires).every(([name, value]) => claimed(claims, name) === value);
  const said = [claimed(claims, provider.roleClaim)].flat().filter((value) => typeof value === 'string');
  const role = fits ? roleOf(said, provider.roles) : undefined;
  if (!role) return undefined;
  const name = claimed(claims, provider.nameClaim);
  return { role, name: typeof name === 'string' && /\S/u.test(name) ? name : claims.sub! };
}

function roleOf(said: string[], roles: StaffProvider['roles']): StaffRole | undefined {
  const given = roles
    ? Object.entries(roles).find(([value]) => said.includes(value))?.[1]
    : said.map((value) => value.toUpperCase().replace(/[- ]/g, '_')).find((value) => isRole(value));
  return given && isRole(given) ? given : undefined;
}

function isRole(text: string): text is StaffRole {
  return (staffRoles as readonly string[]).includes(text);
}

/** The claim of that very name, dots and slashes included, or the one that the dots lead to. */
function claimed(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((within, part) => {
    const known = typeof within === 'object' && within !== null && Object.hasOwn(within, part);
    return known ? (within as Record<string, unknown>)[part] : undefined;
  }, claims);
}
