/**
 * What a published schema promised and its newer text no longer does, as places in it. Members may be added as long as
 * they are optional; nothing may go, be of another type, or become required or optional.
 */
export function incompatibilities(published: unknown, now: unknown, place = ''): string[] {
  if (!isObject(published) || !isObject(now)) return [`${place || '/'} is no schema`];
  return [
    ...['type', 'enum', 'format', 'const'].flatMap((keyword) =>
      same(published[keyword], now[keyword]) ? [] : [`${place}/${keyword} was changed`],
    ),
    ...membersLost(published, now, place),
    ...(published.items === undefined ? [] : incompatibilities(published.items, now.items, `${place}/items`)),
  ];
}

type Json = Record<string, unknown>;

function membersLost(published: Json, now: Json, place: string): string[] {
  const [before, after] = [objectOf(published.properties), objectOf(now.properties)];
  const [required, demanded] = [new Set(listOf(published.required)), new Set(listOf(now.required))];
  const lost = Object.entries(before).flatMap(([name, schema]) => {
    const at = `${place}/${name}`;
    if (!(name in after)) return [`${at} was removed`];
    if (required.has(name) && !demanded.has(name)) return [`${at} is no longer always there`];
    return incompatibilities(schema, after[name], at);
  });
  const newly = [...demanded].filter((name) => !required.has(name));
  return [...lost, ...newly.map((name) => `${place}/${name} became required`)];
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
const listOf = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : []);

/** The order in which types or values are listed says nothing. */
function same(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => JSON.stringify(Array.isArray(value) ? [...(value as unknown[])].sort() : value);
  return plain(a) === plain(b);
}
