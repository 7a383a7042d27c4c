import {
  buildSchema,
  GraphQLError,
  Kind,
  parse,
  print,
  validate,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';
import { MOST_LENGTH, MOST_TOKENS, overLimit } from './document-limits.js';
import { documentHash } from './trusted-documents.js';

/** A file of a front end, with operations, fragments or both in it. */
export interface DocumentFile {
  name: string;
  text: string;
}

/**
 * The manifest of a front end's files: `{sha256: document}`. Each operation is listed with the fragments that it uses,
 * wherever they stand, and printed as graphql-js prints it; a file that needs nothing else is listed as it stands, too,
 * for front ends that send the file. Throws one Error with a line for every mistake: what the service would not serve.
 */
export function collectDocuments(files: readonly DocumentFile[], schemaText: string): Record<string, string> {
  const schema = buildSchema(schemaText);
  const mistakes: string[] = [];
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: { file: DocumentFile; node: OperationDefinitionNode }[] = [];
  const names = new Map<string, string>();
  for (const file of files) {
    for (const node of parsed(file, mistakes)?.definitions ?? []) {
      if (node.kind !== Kind.OPERATION_DEFINITION && node.kind !== Kind.FRAGMENT_DEFINITION) {
        mistakes.push(`${file.name}: ${node.kind} does not belong in a front end's document`);
        continue;
      }
      const name = node.name?.value ?? '';
      if (name && names.has(name)) mistakes.push(`${file.name}: ${name} is in ${names.get(name)} already`);
      names.set(name, file.name);
      if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(name, node);
      else operations.push({ file, node });
    }
  }
  const texts = new Set<string>();
  for (const { file, node } of operations) {
    const used = fragmentsOf(node, fragments);
    const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [node, ...used] };
    const wrong = mistakesIn(document, () => validate(schema, document));
    mistakes.push(...wrong.map((message) => `${file.name}: ${node.name?.value ?? 'query'}: ${message}`));
    texts.add(print(document));
    // Complete in itself, the file's own words are served as well.
    const inFile = operations.every(
      (one) => one.file !== file || fragmentsOf(one.node, fragments).every(standsIn(file)),
    );
    if (inFile) texts.add(file.text);
  }
  if (operations.length === 0) mistakes.push('There is no operation in any of the files.');
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return Object.fromEntries([...texts].map((text) => [documentHash(text), text]));
}

function parsed({ name, text }: DocumentFile, mistakes: string[]): DocumentNode | undefined {
  try {
    if (text.length > MOST_LENGTH) throw new GraphQLError(`may hold ${MOST_LENGTH} characters`);
    return parse(text, { maxTokens: MOST_TOKENS });
  } catch (error) {
    mistakes.push(`${name}: ${(error as Error).message}`);
    return undefined;
  }
}

function mistakesIn(document: DocumentNode, validated: () => readonly GraphQLError[]): string[] {
  const over = overLimit(document);
  return over === undefined ? validated().map(({ message }) => message) : [over];
}

function standsIn(file: DocumentFile) {
  return ({ loc }: FragmentDefinitionNode) => loc?.source.body === file.text;
}

/** Every fragment that an operation uses, those of its fragments included, by name. */
function fragmentsOf(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): FragmentDefinitionNode[] {
  const used = new Map<string, FragmentDefinitionNode>();
  const look = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(node, {
      FragmentSpread({ name: { value } }) {
        const fragment = fragments.get(value);
        if (!fragment || used.has(value)) return;
        used.set(value, fragment);
        look(fragment);
      },
    });
  };
  look(operation);
  return [...used.values()].sort((a, b) => a.name.value.localeCompare(b.name.value));
}
