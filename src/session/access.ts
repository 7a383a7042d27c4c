import { type CanActivate, type ExecutionContext, Injectable, type OnModuleInit, SetMetadata } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { GqlExecutionContext } from '@nestjs/graphql';
import { DomainError } from '../core/problem.js';
import type { RequestContext, Viewer } from './request-context.js';

const ACCESS = 'frontdoor:access';
/** Where Nest's decorators keep what a method is. */
const OPERATION = 'graphql:resolver_type';
const ROUTE = 'path';
type Role = Viewer['role'];
/** `BY_ROUTE`: an HTTP route that looks at a signature or a token itself. */
type Who = Role | 'PUBLIC' | 'BY_ROUTE';

/** Who may call an operation: everybody, or the roles named. An operation that says nothing is closed to all. */
export const Access = (...who: ['PUBLIC'] | ['BY_ROUTE'] | Role[]) => SetMetadata(ACCESS, who);

/** Deny by default: the one guard in front of every operation. Whose data it is, is checked where the data is read. */
@Injectable()
export class AccessGuard implements CanActivate, OnModuleInit {
  constructor(
    private readonly reflector: Reflector,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Throws Error where an operation, or a route beside them, does not say who may call it: nothing is served then. */
  onModuleInit(): void {
    const silent = [...this.discovery.getProviders(), ...this.discovery.getControllers()].flatMap(({ metatype }) => {
      const prototype = metatype?.prototype as Record<string, object> | undefined;
      if (!metatype || !prototype) return [];
      return this.scanner
        .getAllMethodNames(prototype)
        .filter((name) => isOperation(prototype[name]!) && this.who(prototype[name]!, metatype).length === 0)
        .map((name) => `${metatype.name}.${name}`);
    });
    if (silent.length > 0) throw new Error(`These do not say who may call them (@Access): ${silent.join(', ')}`);
  }

  canActivate(context: ExecutionContext): boolean {
    const who = this.who(context.getHandler(), context.getClass());
    if (context.getType<string>() !== 'graphql') return who.includes('PUBLIC') || who.includes('BY_ROUTE');
    const ctx = GqlExecutionContext.create(context).getContext<RequestContext>();
    if (who.includes('PUBLIC')) return Boolean(ctx.council);
    if (who.includes(ctx.viewer.role)) return true;
    throw new DomainError('FORBIDDEN', 'Your role does not allow this.');
  }

  private who(handler: object, holder: object): Who[] {
    return this.reflector.getAllAndOverride<Who[] | undefined>(ACCESS, [handler, holder] as never) ?? [];
  }
}

function isOperation(method: object): boolean {
  const type = Reflect.getMetadata(OPERATION, method) as string | undefined;
  return type === 'Query' || type === 'Mutation' || type === 'Subscription' || Reflect.hasMetadata(ROUTE, method);
}
