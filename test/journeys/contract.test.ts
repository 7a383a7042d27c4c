import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import {
  buildClientSchema,
  buildSchema,
  findBreakingChanges,
  getIntrospectionQuery,
  type IntrospectionQuery,
} from 'graphql';
import { projectRoot } from '../../src/core/project-root.js';
import { problemCodes } from '../../src/core/problem.js';
import { sharedFrontdoor, type Installation } from '../support/frontdoor.js';

let frontdoor: Installation;
beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
});

async function served() {
  const reply = await fetch(`${frontdoor.base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: getIntrospectionQuery() }),
  });
  return buildClientSchema(((await reply.json()) as { data: IntrospectionQuery }).data);
}

test('the schema that is served is the file, word for word', async () => {
  const file = buildSchema(readFileSync(join(projectRoot, 'src/schema.graphql'), 'utf8'));
  expect(findBreakingChanges(file, await served())).toEqual([]);
  expect(findBreakingChanges(await served(), file)).toEqual([]);
});

const contract = join(projectRoot, '../shared/contract/schema.graphql');
(existsSync(contract) ? test : test.skip)(
  'it holds everything in the contract, where the contract is at hand',
  async () => {
    const promised = buildSchema(readFileSync(contract, 'utf8'));
    expect(findBreakingChanges(promised, await served())).toEqual([]);
  },
);

test('the problems of the code are those of the schema', async () => {
  const codes = (await served()).getType('ProblemCode')?.toConfig() as { values: Record<string, unknown> };
  expect(Object.keys(codes.values)).toEqual([...problemCodes]);
});
