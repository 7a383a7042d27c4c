import { Controller, Get, Inject, NotFoundException, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PLATFORM } from './core/tokens.js';
import type { Platform } from './platform.js';
import { Access } from './session/access.js';

/** In development, the mailbox of the embedded mail server, as a page and as JSON: it is passed on as it comes. */
@Controller()
@Access('PUBLIC')
export class MailboxController {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @Get(['mailbox', 'mailbox.json'])
  async mailbox(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { mailbox } = this.platform.places;
    if (!mailbox) throw new NotFoundException('Mail goes to SMTP_URL: there is no mailbox here.');
    const answer = await fetch(new URL(request.url, mailbox));
    for (const name of ['content-type', 'content-security-policy']) {
      const value = answer.headers.get(name);
      if (value) void reply.header(name, value);
    }
    return reply.code(answer.status).send(Buffer.from(await answer.arrayBuffer()));
  }
}
