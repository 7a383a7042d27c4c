import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { join } from 'node:path';
import { MailLedger } from '../projections/mail/ledger.js';
import { AccountDirectoryService } from './account/account-directory.service.js';
import { AccountLimits } from './account/account-limits.js';
import { AccountResolver } from './account/account.resolver.js';
import { AccountService } from './account/account.service.js';
import { SessionsResolver } from './account/sessions.resolver.js';
import { Passwords } from './account/passwords.js';
import { FileStore } from './attachment/file-store.js';
import { SignedUrls } from './attachment/signed-urls.js';
import type { Config } from './config.js';
import { AuditResolver } from './audit/audit.resolver.js';
import { RecentHistories } from './audit/recent-histories.js';
import { OsPlaces, SampleGazetteer, type AddressFinder } from './council/addresses.js';
import { CouncilResolver } from './council/council.resolver.js';
import { Councils } from './council/councils.js';
import { EventLog } from './core/event-log.js';
import { CommandHandling } from './core/handle-command.js';
import { DataKeys } from './core/keys.js';
import { Logger } from './core/logger.js';
import { DomainError } from './core/problem.js';
import { projectRoot } from './core/project-root.js';
import { Secrets } from './core/secrets.js';
import { StreamCommandHandler } from './core/stream-command.js';
import { ADDRESS_FINDER, CLOCK, CONFIG, PLATFORM, VAULT, VIEWER_SERVICES, VIEWS } from './core/tokens.js';
import { Admission } from './graphql/admission.js';
import { admissionOf, graphqlModule } from './graphql/graphql.module.js';
import { TraceResolvers } from './graphql/trace-resolvers.js';
import { HealthController } from './health.controller.js';
import { FeedController } from './integration/feed.controller.js';
import { Feed } from './integration/feed.js';
import { FollowersResolver } from './integration/followers.resolver.js';
import { MailboxController } from './mailbox.controller.js';
import type { Platform } from './platform.js';
import { ReadRecorder } from './referral/access-record.js';
import { AttachmentResolver } from './referral/attachment.resolver.js';
import { FileCheck } from './referral/file-check.js';
import { FileController } from './referral/file.controller.js';
import { FileLinks } from './referral/file-links.js';
import { FileReceiving } from './referral/file-receiving.js';
import { InboxReader } from './referral/inbox.reader.js';
import { LiveReferrals } from './referral/live.js';
import { LiveResolver } from './referral/live.resolver.js';
import { MailsResolver } from './referral/mails.resolver.js';
import { RecordsResolver } from './referral/records.resolver.js';
import { ReferralService } from './referral/referral.service.js';
import { SavedFormsReader } from './referral/saved-forms.reader.js';
import { SavedFormsResolver } from './referral/saved-forms.resolver.js';
import { StaffResolver } from './referral/staff.resolver.js';
import { SubmittedFormsReader } from './referral/submitted-forms.reader.js';
import { SubmittedFormResolver, SubmittedFormsResolver } from './referral/submitted-forms.resolver.js';
import { AccountRecordsResolver } from './records/account-records.resolver.js';
import { AccessGuard } from './session/access.js';
import { AccountDirectory } from './session/account-directory.js';
import { Captcha } from './session/captcha.js';
import { Limits } from './session/limits.js';
import { OwnWrites } from './session/own-writes.js';
import { Sessions } from './session/sessions.js';
import { MetricsController } from './telemetry/metrics.controller.js';

/** What every part may ask for: the stores' clients and what is built on them. */
@Module({})
class PlatformModule {
  static with(platform: Platform): DynamicModule {
    const providers = [
      { provide: PLATFORM, useValue: platform },
      { provide: CONFIG, useValue: platform.config },
      { provide: CLOCK, useValue: platform.clock },
      { provide: VIEWS, useValue: platform.views },
      { provide: VAULT, useValue: platform.vault },
      { provide: VIEWER_SERVICES, useValue: platform },
      { provide: Logger, useValue: platform.logger },
      { provide: Admission, useValue: admissionOf(platform.config) },
      { provide: Councils, useValue: platform.councils },
      { provide: Secrets, useValue: platform.secrets },
      { provide: DataKeys, useValue: platform.keys },
      { provide: EventLog, useValue: platform.log },
      { provide: CommandHandling, useValue: platform.handling },
      { provide: Sessions, useValue: platform.sessions },
      { provide: Limits, useValue: platform.limits },
      { provide: OwnWrites, useValue: platform.ownWrites },
      { provide: FileStore, useValue: platform.files },
      { provide: FileCheck, useValue: new FileCheck(platform) },
      { provide: SignedUrls, useValue: platform.signedUrls },
      { provide: MailLedger, useValue: platform.mails },
      {
        provide: ADDRESS_FINDER,
        useFactory: () => addressFinder(platform.config),
      },
      { provide: Captcha, useValue: platform.captcha },
    ];
    return { module: PlatformModule, global: true, providers, exports: providers };
  }
}

/** Without a provider, development looks addresses up among invented ones; production asks people to type theirs. */
function addressFinder({ osPlacesKey, production }: Config): AddressFinder {
  if (osPlacesKey) return new OsPlaces({ key: osPlacesKey });
  if (!production) return new SampleGazetteer(join(projectRoot, 'deploy/sample-addresses.yaml'));
  return {
    find: async () => {
      throw new DomainError('UNAVAILABLE', 'Addresses cannot be looked up here. Please type the address.');
    },
  };
}

/** The composition root of the API. */
@Module({})
export class AppModule {
  static with(platform: Platform): DynamicModule {
    return {
      module: AppModule,
      imports: [PlatformModule.with(platform), CqrsModule.forRoot(), DiscoveryModule, graphqlModule],
      controllers: [
        HealthController,
        FileController,
        FeedController,
        ...(platform.config.production ? [] : [MailboxController]),
        ...(platform.config.production || platform.config.metricsPort ? [] : [MetricsController]),
      ],
      providers: [
        { provide: APP_GUARD, useClass: AccessGuard },
        ...(platform.config.tracesTo ? [{ provide: APP_INTERCEPTOR, useClass: TraceResolvers }] : []),
        StreamCommandHandler,
        CouncilResolver,
        Passwords,
        AccountLimits,
        AccountService,
        AccountResolver,
        SessionsResolver,
        { provide: AccountDirectory, useClass: AccountDirectoryService },
        ReferralService,
        ReadRecorder,
        SavedFormsReader,
        SavedFormsResolver,
        SubmittedFormsReader,
        SubmittedFormsResolver,
        SubmittedFormResolver,
        FileLinks,
        FileReceiving,
        Feed,
        InboxReader,
        StaffResolver,
        LiveReferrals,
        LiveResolver,
        MailsResolver,
        AttachmentResolver,
        RecordsResolver,
        AccountRecordsResolver,
        RecentHistories,
        AuditResolver,
        FollowersResolver,
      ],
    };
  }
}
