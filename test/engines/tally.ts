import type { TestResult } from './jest.js';
import { differences } from './known-differences.js';

/** What came out of all engines, in numbers of tests; an engine or a suite that is left out counts as one. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  /** Groups that failed and were held once more. */
  repeated = 0;

  /** Judges the results of some test files by the table of known differences, and tells what is not plain. */
  count(engine: string, what: string, results: readonly TestResult[], seconds: number): void {
    const { passed, failed, skipped } = this;
    for (const result of results) this.judge(engine, result);
    const told = [
      `${this.passed - passed} passed`,
      `${this.failed - failed} failed`,
      `${this.skipped - skipped} skipped for the reasons above`,
    ];
    console.log(`  RAN      ${what}: ${told.join(', ')} (${seconds.toFixed(0)} s)`);
  }

  /** Tells what failed and is held once more, and counts none of it. */
  again(engine: string, what: string, failures: readonly TestResult[]): void {
    this.repeated += 1;
    for (const { name, messages } of failures) console.log(`  AGAIN    ${name}: ${beginning(messages)}`);
    console.log(`  AGAIN    ${what} on ${engine}, as the above failed`);
  }

  skip(what: string, reason: string): void {
    this.skipped += 1;
    console.log(`  SKIPPED  ${what}: ${reason}`);
  }

  fail(what: string, reason: string): void {
    this.failed += 1;
    console.log(`  FAILED   ${what}: ${reason}`);
  }

  private judge(engine: string, result: TestResult): void {
    const { name, status, messages } = result;
    if (status === 'skipped') return this.skip(name, 'the test skips itself');
    const known = knownDifference(engine, result);
    if (status === 'failed') {
      if (known) return this.skip(name, known.reason);
      return this.fail(name, beginning(messages));
    }
    if (known && !known.sometimes) return this.fail(name, 'passes: it no longer belongs into known-differences.ts');
    this.passed += 1;
  }
}

/** Whether a test failed that is not known to fail there. */
export function isFailure(engine: string, result: TestResult): boolean {
  return result.status === 'failed' && !knownDifference(engine, result);
}

function knownDifference(engine: string, { name }: TestResult) {
  return differences.find((one) => one.servers.includes(engine) && one.tests.includes(name));
}

const beginning = (messages: readonly string[]): string => messages.join('\n').slice(0, 1_500);
