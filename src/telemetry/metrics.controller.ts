import { Controller, Get, Inject, NotFoundException, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PLATFORM } from '../core/tokens.js';
import type { Platform } from '../platform.js';
import { Access } from '../session/access.js';
import { Metrics } from './state-metrics.js';

/** `/metrics` on the API's own port: for who develops on this machine. Elsewhere METRICS_PORT is where they are. */
@Controller()
@Access('PUBLIC')
export class MetricsController {
  private readonly metrics: Metrics;

  constructor(@Inject(PLATFORM) platform: Platform) {
    this.metrics = new Metrics(platform);
  }

  @Get('metrics')
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { remoteAddress } = request.socket;
    const near = ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(remoteAddress ?? '');
    // A proxy on this machine is near as well; those behind it are not.
    if (!near || request.headers['x-forwarded-for'] !== undefined) throw new NotFoundException();
    const text = await this.metrics.text();
    return reply.header('content-type', this.metrics.contentType).send(text);
  }
}
