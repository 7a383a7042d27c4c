import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Injectable } from '@nestjs/common';
import { plannedExecution } from './planned-execution.js';

/** Nest's driver of Apollo Server, with the execution of plans in the place where Apollo takes another executor. */
@Injectable()
export class PlannedDriver extends ApolloDriver {
  override registerFastify(
    { schema, typeDefs: _text, resolvers: _resolvers, ...options }: ApolloDriverConfig,
    hooks?: Parameters<ApolloDriver['registerFastify']>[1],
  ): Promise<void> {
    const gateway = plannedExecution(schema!);
    return super.registerFastify({ ...options, gateway } as ApolloDriverConfig, hooks);
  }
}
