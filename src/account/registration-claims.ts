import type { Collection, Db } from 'mongodb';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { canonicalJson } from '../core/canonical-json.js';
import { DAY, type Clock } from '../core/clock.js';
import { DomainError } from '../core/problem.js';
import { Secrets } from '../core/secrets.js';
import { CLOCK, VAULT } from '../core/tokens.js';

interface Claim {
  /** A keyed hash of the command's id. */
  _id: string;
  /** A keyed hash of what was said with it, the password left out. */
  said: string;
  /** True once it has counted against the limit of its address: asked again, it counts no more. */
  counted: boolean;
  endsAt: Date;
}

/**
 * Remembers registrations by their command for a day. Which stream a registration writes to depends on whether its
 * address has an account, so the streams cannot tell a reused command id without telling that, too.
 */
@Injectable()
export class RegistrationClaims implements OnModuleInit {
  private readonly claims: Collection<Claim>;

  constructor(
    @Inject(VAULT) vault: Db,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly secrets: Secrets,
  ) {
    this.claims = vault.collection<Claim>('registration_claims');
  }

  async onModuleInit(): Promise<void> {
    await this.claims.createIndex({ endsAt: 1 }, { expireAfterSeconds: 0 });
  }

  /** Claims a command id for what is said; throws COMMAND_ID_REUSED where it was used for something else. */
  async claim(council: string, commandId: string, said: unknown): Promise<{ id: string; counted: boolean }> {
    const mac = (text: string) => this.secrets.lookup('registration', text).toString('base64url');
    const id = mac(`${council}/${commandId.toLowerCase()}`);
    const claim = { said: mac(canonicalJson(said)), counted: false };
    const endsAt = new Date(this.clock.now().getTime() + DAY);
    const kept = await this.claims.findOneAndUpdate(
      { _id: id },
      { $setOnInsert: { ...claim, endsAt } },
      { upsert: true, returnDocument: 'after' },
    );
    if (kept?.said === claim.said) return { id, counted: kept.counted };
    const message = 'This commandId was used before for something else. Give each new action a commandId of its own.';
    throw new DomainError('COMMAND_ID_REUSED', message, 'commandId');
  }

  async noteCounted(id: string): Promise<void> {
    await this.claims.updateOne({ _id: id }, { $set: { counted: true } });
  }
}
