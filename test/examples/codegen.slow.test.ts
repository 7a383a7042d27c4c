import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import ts from 'typescript';
import { projectRoot } from '../../src/core/project-root.js';

const folder = join(projectRoot, 'deploy/examples/codegen');

test('the types that are there for the taking are those of the schema and the operations', () => {
  const made = mkdtempSync(join(tmpdir(), 'codegen-'));
  execFileSync(process.execPath, [join(folder, 'generate.js'), made], { cwd: projectRoot });
  const file = 'frontdoor.generated.ts';
  // Where this fails: npm run codegen.
  expect(readFileSync(join(folder, file), 'utf8')).toBe(readFileSync(join(made, file), 'utf8'));
});

test('a client that uses them has no mistake, and one that misspells a field has', () => {
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const client = join(folder, 'client.ts');
  const mistakes = (text: string) => {
    const host = ts.createCompilerHost(options);
    const read = host.readFile.bind(host);
    host.readFile = (path) => (path === client ? text : read(path));
    return ts.getPreEmitDiagnostics(ts.createProgram([client], options, host)).length;
  };
  const text = readFileSync(client, 'utf8');
  expect(mistakes(text)).toBe(0);
  expect(mistakes(text.replace('node.reference', 'node.referense'))).toBe(1);
});
