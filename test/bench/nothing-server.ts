import 'reflect-metadata';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Args, GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

/** The rows that the constant list answers with: as many as a page of My Submitted Forms. */
const rows = Array.from({ length: 20 }, (_, nth) => ({
  cursor: `cursor-${nth}`,
  node: {
    reference: `LRF-${nth}AB2-9XY`,
    version: 1,
    form: 'Request for Support',
    subjectId: `0a0c9a1e-7d0c-4c53-8f9b-0000000000${10 + nth}`,
    name: 'Violet Plant',
    date: '2026-11-20T10:00:00.000Z',
    response: 'Submitted',
    responseDate: null,
    sentBy: null,
  },
}));

/** About what a saved form is sealed to, in characters. */
const SEALED = 'x'.repeat(1_500);
const { EVENTSTORE_URL } = process.env;
const events = EVENTSTORE_URL ? EventStoreDBClient.connectionString(EVENTSTORE_URL) : undefined;

@Resolver()
class NothingResolver {
  @Mutation('nothing')
  nothing(@Args('input') { id }: { id: string }) {
    return { id, revision: 1 };
  }

  /** One durable append through the official client, and nothing else: what remains of the rate then is the stack's limit. */
  @Mutation('append')
  async append(@Args('input') { id }: { id: string }) {
    const event = jsonEvent({ type: 'Appended', data: { sealed: SEALED }, metadata: { council: 'lancashire' } });
    await events!.appendToStream(`appended-${id}`, event, { expectedRevision: NO_STREAM });
    return { id, revision: 1 };
  }

  @Query('rows')
  rows() {
    return { totalCount: rows.length, edges: rows };
  }
}

const typeDefs = `
  scalar JSONObject
  input NothingInput { commandId: ID! id: ID! expectedRevision: Int! answersPatch: JSONObject }
  type Nothing { id: ID! revision: Int! }
  type Row { reference: String! version: Int! form: String! subjectId: ID! name: String! date: String! response: String! responseDate: String sentBy: String }
  type Edge { cursor: String! node: Row! }
  type Rows { totalCount: Int! edges: [Edge!]! }
  type Query { rows(first: Int): Rows! }
  type Mutation { nothing(input: NothingInput!): Nothing! append(input: NothingInput!): Nothing! }
`;

@Module({
  imports: [
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      typeDefs,
      playground: false,
      csrfPrevention: true,
      plugins: [ApolloServerPluginCacheControlDisabled()],
    }),
  ],
  providers: [NothingResolver],
})
class NothingModule {}

/** The same stack, and nothing behind it: what GraphQL over HTTP costs by itself. Prints where it is. */
const app = await NestFactory.create<NestFastifyApplication>(NothingModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
process.stdout.write(`${await app.getUrl()}\n`);
