import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { inSpan } from '../core/tracing.js';
import type { RequestContext } from '../session/request-context.js';

/** Begins a trace with each query and mutation, its id the correlation id. There only where traces are exported. */
@Injectable()
export class TraceResolvers implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType<string>() !== 'graphql') return next.handle();
    const asked = GqlExecutionContext.create(context);
    const { correlationId } = asked.getContext<RequestContext>();
    const { operation, fieldName } = asked.getInfo<GraphQLResolveInfo>();
    const resolve = () => lastValueFrom<unknown>(next.handle());
    return from(inSpan(`${operation.operation} ${fieldName}`, { correlationId }, {}, resolve));
  }
}
