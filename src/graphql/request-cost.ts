import {
  getNamedType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { getComplexity, type ComplexityEstimatorArgs } from 'graphql-query-complexity';
import { MOST_SELECTIONS } from './document-limits.js';

/** What one request may cost, in objects to be made: a page of 100 saved forms with people and files costs 2,210. */
export const MOST_COST = 5_000;
/** Taken for the length of a list that has no `first`. */
const USUAL_LENGTH = 10;
/** Lists whose length is known better: those that the `first` above them counts, and small ones of configuration. */
const LENGTHS: Record<string, number> = {
  'SavedFormConnection.edges': 1,
  'SubmittedFormRowConnection.edges': 1,
  'InboxConnection.edges': 1,
  'SubmittedForms.requestingMoreInformation': 1,
  'Question.choices': 2,
  'Question.columns': 2,
};
/** Beside what they give: every operation, and each field that reads a stream of its own. */
const OPERATION = 10;
const EXTRA: Record<string, number> = {
  'InformationRequest.previousForm': 10,
  'SavedForm.answersRequest': 10,
  'SavedForm.unmappedAnswers': 10,
  'Referral.changes': 10,
  'Referral.subjectChanges': 10,
  'Referral.attachmentChanges': 10,
  'Query.referralHistory': 10,
  'Query.referralReads': 10,
  'Query.accountHistory': 10,
  'Query.accountReads': 10,
  'Referral.mails': 10,
};

/** Arguments by which an operation lets somebody guess at an account, and is one of those of which a request has one. */
const GUESSED = new Set(['email', 'password', 'currentPassword', 'newPassword', 'code', 'challengeId']);

/**
 * The cost of an operation with the variables it comes with: a page of 100 costs five times one of 20, whether the
 * document or a variable says so. Throws GraphQLError where the variables do not fit or there is too much to count.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
  variables: Record<string, unknown> | undefined,
): number {
  return getComplexity({
    schema,
    query: document,
    operationName,
    variables,
    maxQueryNodes: MOST_SELECTIONS,
    estimators: [estimate],
  });
}

function estimate({ type, field, args, childComplexity }: ComplexityEstimatorArgs): number {
  const isOperation = type.name === 'Query' || type.name === 'Mutation' || type.name === 'Subscription';
  // Introspection is answered from memory, and is off in production.
  if (field.name.startsWith('__')) return 1;
  const given = isLeafType(getNamedType(field.type)) ? 0 : 1;
  const place = `${type.name}.${field.name}`;
  const { first } = args as { first?: unknown };
  const length =
    typeof first === 'number' ? Math.max(first, 1) : isList(field.type) ? (LENGTHS[place] ?? USUAL_LENGTH) : 1;
  return (isOperation ? OPERATION : 0) + (EXTRA[place] ?? 0) + length * (given + childComplexity);
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** The names of the mutations that take a password, a code or an address: the schema says which. */
export function guessingMutations(schema: GraphQLSchema): ReadonlySet<string> {
  const asks = ({ name, type }: { name: string; type: GraphQLInputType }): boolean => {
    const named = getNamedType(type);
    return GUESSED.has(name) || (isInputObjectType(named) && Object.values(named.getFields()).some(asks));
  };
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  return new Set(mutations.filter(({ args }) => args.some(asks)).map(({ name }) => name));
}

/** How many of the named root fields an operation calls, through fragments too; an alias is one more call. */
export function callsOf(
  names: ReadonlySet<string>,
  operation: OperationDefinitionNode,
  { definitions }: DocumentNode,
): number {
  const fragments = new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])),
  );
  const calls = new Set<string>();
  collect(operation.selectionSet, fragments, names, calls, new Set());
  return calls.size;
}

/** One that is asked for twice under one name is called once: `calls` holds the names of the answers. */
function collect(
  { selections }: SelectionSetNode,
  fragments: Map<string, FragmentDefinitionNode>,
  names: ReadonlySet<string>,
  calls: Set<string>,
  seen: Set<string>,
): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (names.has(selection.name.value)) calls.add((selection.alias ?? selection.name).value);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      collect(selection.selectionSet, fragments, names, calls, seen);
    } else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      const fragment = fragments.get(selection.name.value);
      if (fragment) collect(fragment.selectionSet, fragments, names, calls, seen);
    }
  }
}
