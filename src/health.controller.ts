import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { PLATFORM } from './core/tokens.js';
import type { Platform } from './platform.js';
import { Access } from './session/access.js';

/** For whoever keeps the process alive: `/healthz` says it runs, `/readyz` whether each store answers. */
@Controller()
@Access('PUBLIC')
export class HealthController {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @Get('healthz')
  healthz() {
    return { status: 'ok' };
  }

  @Get('readyz')
  async readyz(@Res({ passthrough: true }) reply: FastifyReply) {
    const { log, vault } = this.platform;
    const checks = {
      events: async () => log.records('readiness-probe').next(),
      mongo: async () => vault.command({ ping: 1 }),
    };
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        const up = await check().then(
          () => true,
          () => false,
        );
        return [name, up ? 'ok' : 'unavailable'] as const;
      }),
    );
    const ready = results.every(([, state]) => state === 'ok');
    void reply.code(ready ? 200 : 503);
    return { status: ready ? 'ok' : 'unavailable', ...Object.fromEntries(results) };
  }
}
