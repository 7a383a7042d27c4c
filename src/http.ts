import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AppModule } from './app.module.js';
import { HttpProblems } from './graphql/http-problems.js';
import { validationPipe } from './graphql/validation.js';
import type { Platform } from './platform.js';
import { acceptUploads } from './referral/file.controller.js';

/** The largest JSON body taken, in bytes: a long form with room to spare. Files have a route and a limit of their own. */
const BODY_LIMIT = 1024 * 1024;

/** On every answer, errors included (ASVS 5.0 3.4): nothing here may be kept, sniffed, framed or told on. */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
};

/** The API over HTTP, not listening yet. */
export async function createApp(platform: Platform): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ bodyLimit: BODY_LIMIT, routerOptions: { maxParamLength: 200 } });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(platform), adapter, {
    // Nest's own logger would write error messages, which may quote what people wrote.
    logger: false,
    abortOnError: false,
  });
  app.useGlobalPipes(validationPipe);
  app.useGlobalFilters(new HttpProblems(platform.logger));
  const fastify: FastifyInstance = adapter.getInstance();
  fastify.addHook('onSend', async (_request, reply) => {
    void reply.headers(HEADERS);
    // Who keeps a connection open is to find another process before this one has gone.
    if (platform.health.stopping) void reply.header('connection', 'close');
    if (!reply.hasHeader('content-security-policy')) void reply.header('content-security-policy', "default-src 'none'");
  });
  acceptUploads(fastify);
  await app.init();
  return app;
}
