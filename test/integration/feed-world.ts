import { randomUUID } from 'node:crypto';
import { appendFileSync, cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Api } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { projectRoot } from '../../src/core/project-root.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { filledForm, readReferral, registered, returned, startForm, submitForm } from '../support/people.js';

/** The public facts of a referral that this world tells. */
export const LIFE = ['submitted', 'information-requested', 'resubmitted', 'receipt-acknowledged', 'contact-started'];

/** Three councils with systems of their own; two of them have a referral with a life behind it. */
export class FeedWorld {
  private constructor(
    readonly frontdoor: TimedFrontdoor,
    private readonly systems: ReadonlyMap<string, Api>,
    /** Lancashire's referral. */
    readonly reference: string,
  ) {}

  static async start(): Promise<FeedWorld> {
    const councils = mkdtempSync(join(tmpdir(), 'frontdoor-councils-'));
    cpSync(join(projectRoot, 'deploy/councils'), councils, { recursive: true });
    const configure = (council: string, text: string) => appendFileSync(join(councils, council, 'council.yaml'), text);
    configure('sefton', '\nintegration: { full: true, receiptHours: 2 }\n');
    configure('worcestershire', '\nintegration: { receiptHours: null }\n');
    const frontdoor = await startTimedFrontdoor({ COUNCILS_DIR: councils });
    const systems = new Map<string, Api>();
    for (const council of ['lancashire', 'sefton', 'worcestershire']) {
      systems.set(council, await frontdoor.staff(council, 'service'));
    }
    const reference = await life(frontdoor, systems.get('lancashire')!, 'request-for-support');
    await life(frontdoor, systems.get('sefton')!, 'social-care-referral');
    return new FeedWorld(frontdoor, systems, reference);
  }

  system(council: string): Api {
    return this.systems.get(council)!;
  }

  async submitted(council: string, formId: string): Promise<{ reference: string }> {
    const { api } = await registered(this.frontdoor.visitor(council));
    return submitForm(api, await filledForm(api, formId));
  }
}

/** A referral is returned, answered, acknowledged and contacted; another form is begun and not sent. */
async function life(frontdoor: TimedFrontdoor, system: Api, formId: string): Promise<string> {
  const { council } = system;
  const { api } = await registered(frontdoor.visitor(council));
  const worker = await frontdoor.staff(council, 'worker');
  const { reference } = await submitForm(api, await filledForm(api, formId));
  const { informationRequests } = await returned(worker, reference);
  const amended = await api.ask<{ id: string; revision: number }>(ask.amendForm, {
    commandId: randomUUID(),
    requestId: informationRequests[0]!.id,
  });
  await submitForm(api, amended);
  await acknowledge(system, reference, 2);
  const { revision: expectedRevision } = await readReferral(worker, reference);
  await worker.ask(ask.startContact, { commandId: randomUUID(), reference, expectedRevision });
  await startForm(api, formId);
  return reference;
}

export function acknowledge(system: Api, reference: string, version: number): Promise<unknown> {
  return system.ask(
    `mutation($commandId: ID!, $reference: String!, $version: Int!){
      acknowledgeReceipt(commandId:$commandId, reference:$reference, version:$version, system:"cms"){reference}}`,
    { commandId: randomUUID(), reference, version },
  );
}
