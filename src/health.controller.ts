import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { PLATFORM } from './core/tokens.js';
import type { Platform } from './platform.js';
import { Access } from './session/access.js';

/** For whoever keeps the process alive: `/healthz` says it runs, `/readyz` what answers of all it stands on. */
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
    const { served, body } = await this.platform.health.report();
    void reply.code(served ? 200 : 503);
    return body;
  }
}
