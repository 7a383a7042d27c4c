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
/** Selections that a document comes to, each fragment opened wherever it is used: fragments within fragments multiply. */
export const MOST_SELECTIONS = 5_000;

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
  const extents = new Map<string, Extent>();
  const { depth, selections } = together(operations.map(({ selectionSet }) => extentOf(selectionSet, sets, extents)));
  if (depth === Infinity) return 'Fragments must not lead back to themselves.';
  if (depth > MOST_DEPTH) return `Fields may be nested ${MOST_DEPTH} levels deep.`;
  return selections > MOST_SELECTIONS ? `Fragments may open to ${MOST_SELECTIONS} fields.` : undefined;
}

/** How far a selection set goes, fragments opened. */
interface Extent {
  depth: number;
  selections: number;
}

function together(extents: readonly Extent[]): Extent {
  return {
    depth: Math.max(0, ...extents.map(({ depth }) => depth)),
    selections: extents.reduce((sum, { selections }) => sum + selections, 0),
  };
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

/** Of depth Infinity where a fragment leads back to itself. `known` remembers each fragment's: it is opened once. */
function extentOf(
  { selections }: SelectionSetNode,
  sets: Map<string, SelectionSetNode>,
  known: Map<string, Extent>,
): Extent {
  const nothing: Extent = { depth: 0, selections: 0 };
  const within = selections.map((selection): Extent => {
    if (selection.kind === Kind.FIELD) {
      // Introspection goes deep by nature, and is off in production.
      const goesOn = selection.selectionSet && !selection.name.value.startsWith('__');
      const below = goesOn ? extentOf(selection.selectionSet, sets, known) : nothing;
      return { ...below, depth: 1 + below.depth };
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) return extentOf(selection.selectionSet, sets, known);
    const name = selection.name.value;
    const set = sets.get(name);
    if (!known.has(name) && set) {
      // Met again while it is being measured, it is a circle.
      known.set(name, { depth: Infinity, selections: 0 });
      known.set(name, extentOf(set, sets, known));
    }
    return known.get(name) ?? nothing;
  });
  const all = together(within);
  return { ...all, selections: all.selections + selections.length };
}
