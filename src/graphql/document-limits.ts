import { Kind, type DocumentNode, type SelectionSetNode } from 'graphql';

/** Characters of a document: comments are no tokens, and cost as much. */
export const MOST_LENGTH = 32_000;
/** Lexical tokens of a document, counted by the parser itself. As GraphQL Armor's default. */
export const MOST_TOKENS = 1_000;
/** Levels of fields, fragments opened. The deepest that a screen of the portals asks for is 7. */
const MOST_DEPTH = 10;
/** Aliases in a document. As GraphQL Armor's default. */
const MOST_ALIASES = 15;
const MOST_DIRECTIVES = 20;
const MOST_FRAGMENTS = 30;
const MOST_SPREADS = 60;
/** The same field asked for again and again in one place: comparing them all is quadratic. */
const MOST_REPEATS = 10;
const MOST_OPERATIONS = 10;

/**
 * What of a parsed document goes beyond the limits, as a sentence; undefined where nothing does. Looks at each node once,
 * before anything dearer does: validation compares fields in pairs, and fragments multiply.
 */
export function overLimit({ definitions }: DocumentNode): string | undefined {
  const sets = new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet] as const] : [],
    ),
  );
  const operations = definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [definition] : [],
  );
  if (sets.size > MOST_FRAGMENTS) return `A document may hold ${MOST_FRAGMENTS} fragments.`;
  if (operations.length > MOST_OPERATIONS) return `A document may hold ${MOST_OPERATIONS} operations.`;
  const counts = { aliases: 0, directives: 0, spreads: 0, repeats: 0 };
  for (const { selectionSet } of operations) count(selectionSet, counts);
  for (const set of sets.values()) count(set, counts);
  for (const { directives, variableDefinitions } of operations) {
    counts.directives += directives?.length ?? 0;
    for (const variable of variableDefinitions ?? []) counts.directives += variable.directives?.length ?? 0;
  }
  if (counts.aliases > MOST_ALIASES) return `A document may hold ${MOST_ALIASES} aliases.`;
  if (counts.directives > MOST_DIRECTIVES) return `A document may hold ${MOST_DIRECTIVES} directives.`;
  if (counts.spreads > MOST_SPREADS) return `A document may use fragments ${MOST_SPREADS} times.`;
  if (counts.repeats > MOST_REPEATS) return `A field may be asked for ${MOST_REPEATS} times in one place.`;
  const depths = new Map<string, number>();
  const depth = Math.max(0, ...operations.map(({ selectionSet }) => depthOf(selectionSet, sets, depths)));
  if (depth === Infinity) return 'Fragments must not lead back to themselves.';
  return depth > MOST_DEPTH ? `Fields may be nested ${MOST_DEPTH} levels deep.` : undefined;
}

function count(
  { selections }: SelectionSetNode,
  counts: Record<'aliases' | 'directives' | 'spreads' | 'repeats', number>,
) {
  const names = new Map<string, number>();
  for (const selection of selections) {
    counts.directives += selection.directives?.length ?? 0;
    if (selection.kind === Kind.FRAGMENT_SPREAD) counts.spreads += 1;
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      counts.spreads += 1;
      count(selection.selectionSet, counts);
    } else {
      if (selection.alias) counts.aliases += 1;
      const times = (names.get(selection.name.value) ?? 0) + 1;
      names.set(selection.name.value, times);
      // Aliased fields have a limit of their own.
      if (!selection.alias) counts.repeats = Math.max(counts.repeats, times);
      if (selection.selectionSet) count(selection.selectionSet, counts);
    }
  }
}

/** Levels below a selection set; Infinity where a fragment leads back to itself. `depths` remembers each fragment's. */
function depthOf(
  { selections }: SelectionSetNode,
  sets: Map<string, SelectionSetNode>,
  depths: Map<string, number>,
): number {
  let deepest = 0;
  for (const selection of selections) {
    let depth = 0;
    if (selection.kind === Kind.FIELD) {
      // Introspection goes deep by nature, and is off in production.
      const goesOn = selection.selectionSet && !selection.name.value.startsWith('__');
      depth = 1 + (goesOn ? depthOf(selection.selectionSet!, sets, depths) : 0);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      depth = depthOf(selection.selectionSet, sets, depths);
    } else {
      const name = selection.name.value;
      const [known, set] = [depths.get(name), sets.get(name)];
      if (known === undefined && set) {
        // Met again while it is being measured, it is a circle.
        depths.set(name, Infinity);
        depths.set(name, depthOf(set, sets, depths));
      }
      depth = depths.get(name) ?? 0;
    }
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
