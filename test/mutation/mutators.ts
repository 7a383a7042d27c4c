import ts from 'typescript';
import type { Operator } from './mutant.js';

/** What an operator makes of a node: other text for it, or nothing where it is a statement. */
export interface Change {
  operator: Operator;
  node: ts.Node;
  replacement: string;
}

type Replace = (operator: Operator, replacement: string, node?: ts.Node) => Change;

/** All the faults that one node can be given. */
export function changesOf(node: ts.Node): Change[] {
  const replace: Replace = (operator, replacement, of = node) => ({ operator, node: of, replacement });
  if (ts.isIfStatement(node)) return eitherWay(node.expression, replace);
  if (ts.isConditionalExpression(node)) return eitherWay(node.condition, replace);
  if (ts.isBinaryExpression(node)) return ofBinary(node, replace);
  if (ts.isPrefixUnaryExpression(node)) {
    const isNot = node.operator === ts.SyntaxKind.ExclamationToken;
    return isNot ? [replace('negation', node.operand.getText())] : [];
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [replace('boolean', 'false')];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [replace('boolean', 'true')];
  if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node))
    return [replace('number', `(${node.getText()} + ${one(node)})`)];
  if (ts.isStringLiteral(node)) return ofString(node, replace);
  if (ts.isArrayLiteralExpression(node)) return isTarget(node) ? [] : without(node, node.elements, 'element', replace);
  if (ts.isObjectLiteralExpression(node)) return ofObject(node, replace);
  if (ts.isCallExpression(node)) return ofCall(node, replace);
  if (ts.isExpressionStatement(node) || ts.isThrowStatement(node)) return ofStatement(node, replace);
  return [];
}

function eitherWay(condition: ts.Expression, replace: Replace): Change[] {
  return ['true', 'false'].map((outcome) => replace('condition', outcome, condition));
}

const COMPARISONS = new Map(Object.entries({ '<': '<=', '<=': '<', '>': '>=', '>=': '>', '===': '!==', '!==': '===' }));
const ARITHMETIC = new Map(Object.entries({ '+': '-', '-': '+', '*': '/', '/': '*', '+=': '-=', '-=': '+=' }));

function ofBinary({ left, operatorToken, right }: ts.BinaryExpression, replace: Replace): Change[] {
  const operator = operatorToken.getText();
  const [a, b] = [left.getText(), right.getText()];
  const swapped = (other: string) => `${a} ${other} ${b}`;
  const comparison = COMPARISONS.get(operator);
  if (comparison) return [replace('comparison', swapped(comparison))];
  if (operator === '&&' || operator === '||') return [replace('logic', a), replace('logic', b)];
  if (operator === '??') return [replace('logic', a)];
  const isText = [left, right].some((side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side));
  const arithmetic = ARITHMETIC.get(operator);
  return arithmetic && !isText ? [replace('arithmetic', swapped(arithmetic))] : [];
}

function one(node: ts.Node): string {
  return ts.isBigIntLiteral(node) ? '1n' : '1';
}

/** Words that programs compare are changed; sentences for people are not. */
function ofString(node: ts.StringLiteral, replace: Replace): Change[] {
  if (/\s/.test(node.text)) return [];
  if (ts.isCaseClause(node.parent)) return [replace('case', "'(no such case)'")];
  return [replace('string', node.text === '' ? "'something'" : "''")];
}

function without(
  node: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression,
  parts: readonly ts.Node[],
  operator: Operator,
  replace: Replace,
): Change[] {
  const [open, close] = ts.isArrayLiteralExpression(node) ? ['[', ']'] : ['{', '}'];
  return parts.map((left) => {
    const others = parts.filter((part) => part !== left).map((part) => part.getText());
    return replace(operator, `${open} ${others.join(', ')} ${close}`);
  });
}

const QUERIES = new Map(
  Object.entries({ $lt: '$lte', $lte: '$lt', $gt: '$gte', $gte: '$gt', $set: '$setOnInsert', $setOnInsert: '$set' }),
);

/** Members that the compiler would miss are not taken out: those beside a spread or handed to a call are. */
function ofObject(node: ts.ObjectLiteralExpression, replace: Replace): Change[] {
  if (isTarget(node)) return [];
  const named = node.properties.flatMap((property) => {
    const name = property.name?.getText() ?? '';
    const other = ts.isPropertyAssignment(property) ? QUERIES.get(name) : undefined;
    return other ? [replace('query', node.getText().replace(name, other.replace('$', '$$$$')))] : [];
  });
  const isLoose = node.properties.some(ts.isSpreadAssignment) || ts.isCallExpression(node.parent);
  return [...named, ...(isLoose ? without(node, node.properties, 'member', replace) : [])];
}

const DROPPED = new Set(['filter', 'sort', 'slice', 'reverse', 'flat', 'limit', 'trim', 'toLowerCase']);
const SWAPPED = new Map(Object.entries({ max: 'min', min: 'max', some: 'every', every: 'some' }));

function ofCall({ expression, arguments: given }: ts.CallExpression, replace: Replace): Change[] {
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const [of, name] = [expression.expression.getText(), expression.name.text];
  if (DROPPED.has(name)) return [replace('call', of)];
  const other = SWAPPED.get(name);
  return other ? [replace('call', `${of}.${other}(${given.map((one) => one.getText()).join(', ')})`)] : [];
}

/** What is said to operators, and counted for them, is not taken out: other tests hold it. */
const FOR_OPERATORS = /\b(logger|log)\??\.(debug|info|warn|error|fatal)\(|Seconds\.|\btook\(|\.unref\(\)$/;

function ofStatement(node: ts.ExpressionStatement | ts.ThrowStatement, replace: Replace): Change[] {
  const isSuper = ts.isExpressionStatement(node) && /^super\b/.test(node.getText());
  return isSuper || FOR_OPERATORS.test(node.getText()) ? [] : [replace('statement', '')];
}

/** Whether something is taken apart into it, rather than made. */
function isTarget(node: ts.Expression): boolean {
  const { parent } = node;
  return (
    (ts.isBinaryExpression(parent) &&
      parent.left === node &&
      parent.operatorToken.kind === ts.SyntaxKind.EqualsToken) ||
    (ts.isForOfStatement(parent) && parent.initializer === node)
  );
}
