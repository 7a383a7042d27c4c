import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AppModule } from './app.module.js';
import { serveConsole } from './console/console.js';
import { councilOfOrigin } from './council/origins.js';
import { compileValidators } from './council/validators.js';
import { Admission } from './graphql/admission.js';
import { errorFormatter } from './graphql/format-error.js';
import { HttpProblems } from './graphql/http-problems.js';
import { serveSubscriptions } from './graphql/subscriptions.js';
import { validationPipe } from './graphql/validation.js';
import { answerHeaders, headersOnEverything } from './http-headers.js';
import { holdToLimits, serverLimits } from './http-limits.js';
import { Overload } from './http-overload.js';
import type { Platform } from './platform.js';
import { acceptUploads } from './referral/file.controller.js';
import { RequestContext } from './session/request-context.js';

/** The API over HTTP, not listening yet. */
export async function createApp(platform: Platform): Promise<NestFastifyApplication> {
  const { config, councils, logger } = platform;
  // The first to save a form does not wait for what could be done before.
  compileValidators();
  const headersOf = answerHeaders(platform);
  // Who keeps a connection open is to find another process before this one has gone.
  const parting = (): Record<string, string> => (platform.health.stopping ? { connection: 'close' } : {});
  const overload = new Overload((request, id) => ({ ...headersOf(request, id), ...parting() }));
  const adapter = new FastifyAdapter({
    ...serverLimits,
    serverFactory: overload.serverFactory,
    // Believed of nobody but the proxies named: anybody may write the header.
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(platform), adapter, {
    // Nest's own logger would write error messages, which may quote what people wrote.
    logger: logger.forLibrary('nest'),
    abortOnError: false,
  });
  app.useGlobalPipes(validationPipe);
  app.useGlobalFilters(new HttpProblems(logger));
  const fastify: FastifyInstance = adapter.getInstance();
  headersOnEverything(fastify, headersOf);
  overload.watch(fastify);
  holdToLimits(fastify, platform);
  fastify.addHook('onSend', (_request, reply, _body, done) => {
    void reply.headers(parting());
    done();
  });
  acceptUploads(fastify);
  if (config.console) serveConsole({ ...platform, councils: councils.all() }, fastify);
  let endSubscriptions = async () => {};
  // Open subscriptions would keep the server from closing.
  fastify.addHook('preClose', () => endSubscriptions());
  await app.init();
  endSubscriptions = serveSubscriptions(app.getHttpServer(), {
    path: '/graphql',
    schema: app.get(GraphQLSchemaHost, { strict: false }).schema,
    admission: app.get(Admission),
    mayConnect: (origin, host) =>
      (URL.canParse(origin) && new URL(origin).host === host) ||
      councilOfOrigin(origin, councils, config.production) !== undefined,
    // A subscription is no activity: it would keep a session alive that nobody sits at.
    context: (headers, { socket }) => RequestContext.of(headers, platform, { ip: socket.remoteAddress, passive: true }),
    format: errorFormatter(config, logger),
  });
  return app;
}
