// Makes the types of codegen.yml: `npm run codegen`, or `node generate.js FOLDER` to write them somewhere else.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { codegen } from '@graphql-codegen/core';
import * as operations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';
import { parse as parseYaml } from 'yaml';

const here = import.meta.dirname;
const { schema, documents, generates } = parseYaml(readFileSync(join(here, 'codegen.yml'), 'utf8'));
const plugins = { 'typescript-operations': operations };
const parsed = (path) => parse(readFileSync(path, 'utf8'));

const folder = resolve(here, dirname(documents));
const files = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
for (const [filename, { plugins: named, config }] of Object.entries(generates)) {
  const text = await codegen({
    filename,
    schema: parsed(resolve(here, schema)),
    documents: files.sort().map((name) => ({ location: name, document: parsed(join(folder, name)) })),
    plugins: named.map((name) => ({ [name]: {} })),
    pluginMap: Object.fromEntries(named.map((name) => [name, plugins[name]])),
    config,
  });
  writeFileSync(join(process.argv[2] ?? here, filename), `${text}\n`);
}
