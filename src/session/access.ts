import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext } from '@nestjs/graphql';
import { DomainError } from '../core/problem.js';
import type { RequestContext, Viewer } from './request-context.js';

const ACCESS = 'frontdoor:access';
type Role = Viewer['role'];

/** Who may call an operation: everybody, or the roles named. An operation that says nothing is closed to all. */
export const Access = (...who: ['PUBLIC'] | Role[]) => SetMetadata(ACCESS, who);

/** Deny by default: the one guard in front of every operation. Whose data it is, is checked where the data is read. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    // HTTP routes beside GraphQL (health, files, feed) check their own signatures and tokens.
    if (context.getType<string>() !== 'graphql') return true;
    const who = this.reflector.get<(Role | 'PUBLIC')[] | undefined>(ACCESS, context.getHandler()) ?? [];
    const ctx = GqlExecutionContext.create(context).getContext<RequestContext>();
    if (who.includes('PUBLIC')) return Boolean(ctx.council);
    if (who.includes(ctx.viewer.role)) return true;
    throw new DomainError('FORBIDDEN', 'Your role does not allow this.');
  }
}
