/** One small fault that a test must notice. */
export interface Mutant {
  /** From the root of the repository. */
  file: string;
  line: number;
  /** The function or member it stands in. */
  within: string;
  operator: Operator;
  /** What is replaced, by its place in the text: an expression by another, a statement by nothing. */
  start: number;
  end: number;
  replacement: string;
  isStatement: boolean;
  /** The line as it is, and with the fault in it. */
  was: string;
  becomes: string;
}

export type Operator =
  | 'condition'
  | 'comparison'
  | 'logic'
  | 'negation'
  | 'arithmetic'
  | 'number'
  | 'boolean'
  | 'string'
  | 'case'
  | 'element'
  | 'member'
  | 'call'
  | 'query'
  | 'statement';

/** Names a mutant for as long as its line stays as it is, wherever in the file that line moves. */
export function nameOf({ file, within, was, becomes }: Pick<Mutant, 'file' | 'within' | 'was' | 'becomes'>): string {
  return `${file} ${within}: ${was} → ${becomes}`;
}
