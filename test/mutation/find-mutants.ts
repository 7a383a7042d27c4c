import ts from 'typescript';
import type { Mutant } from './mutant.js';
import { changesOf, type Change } from './mutators.js';

/** Every mutant of a source file, in the order of its text. */
export function findMutants(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const mutants: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (isOutside(node)) return;
    mutants.push(...changesOf(node).map((change) => mutantOf(source, change)));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Types, imports, decorators and the names of things, whose faults the compiler finds, or Nest; and what only makes queries fast. */
function isOutside(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    /^(indexes: |this\.\w+\.createIndex)/.test(node.getText()) ||
    ts.isDecorator(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    (ts.isPropertyName(node) && isNameOf(node))
  );
}

function isNameOf(node: ts.Node): boolean {
  return 'name' in node.parent && node.parent.name === node;
}

function mutantOf(source: ts.SourceFile, { operator, node, replacement }: Change): Mutant {
  const [start, end] = [node.getStart(source), node.end];
  const { line } = source.getLineAndCharacterOfPosition(start);
  const [lineStart, lineEnd] = [source.getPositionOfLineAndCharacter(line, 0), source.getLineEndOfPosition(end)];
  const { text } = source;
  return {
    file: source.fileName,
    line: line + 1,
    within: enclosing(node),
    operator,
    start,
    end,
    replacement,
    isStatement: operator === 'statement',
    was: onOneLine(text.slice(lineStart, lineEnd)),
    becomes: onOneLine(text.slice(lineStart, start) + replacement + text.slice(end, lineEnd)),
  };
}

/** Names of the functions, members and constants around it, the innermost last. */
function enclosing(node: ts.Node): string {
  const names: string[] = [];
  for (let at = node.parent; at && !ts.isSourceFile(at); at = at.parent) {
    if (isNamed(at) && at.name && ts.isIdentifier(at.name)) names.unshift(at.name.text);
    if (ts.isCaseClause(at) && at.expression !== node) names.unshift(at.expression.getText());
  }
  return names.join(' ') || 'module';
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function isNamed(
  node: ts.Node,
): node is ts.FunctionDeclaration | ts.MethodDeclaration | ts.VariableDeclaration | ts.ClassDeclaration {
  return [ts.isFunctionDeclaration, ts.isMethodDeclaration, ts.isVariableDeclaration, ts.isClassDeclaration].some(
    (is) => is(node),
  );
}
