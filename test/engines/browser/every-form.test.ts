import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPortal } from '../../../deploy/examples/portal/portal.js';
import { PortalReferrer, type Fixture } from '../../portal/referrer.js';
import { startFrontdoor, type Frontdoor } from '../../support/frontdoor.js';
import { councils } from '../../support/people.js';

/** Every form of every council, filled in from its fixture by the portal's own pages, without scripts. */
const everyForm = councils()
  .all()
  .flatMap(({ id, formGroups }) => formGroups.flatMap(({ forms }) => forms.map((form) => [id, form.id] as const)));
const portals: ReturnType<typeof createPortal>[] = [];
const referrers = new Map<string, PortalReferrer>();
let frontdoor: Frontdoor;
beforeAll(async () => {
  frontdoor = await startFrontdoor();
  for (const { id } of councils().all()) {
    const portal = createPortal({
      api: frontdoor.base,
      council: id,
      secure: false,
      secret: Buffer.from('of this test'),
    });
    portals.push(portal);
    await portal.listen({ port: 0, host: '127.0.0.1' });
    const { port } = portal.server.address() as AddressInfo;
    const referrer = new PortalReferrer(`http://127.0.0.1:${port}`, frontdoor.visitor(id));
    await referrer.register();
    referrers.set(id, referrer);
  }
});
afterAll(async () => {
  for (const portal of portals) await portal.close();
  await frontdoor.stop();
});

test.each(everyForm)(
  '%s: %s',
  async (council, formId) => {
    const form = councils().byId(council)!.form(formId)!;
    const fixture = JSON.parse(readFileSync(`test/fixtures/answers/${council}/${formId}.json`, 'utf8')) as Fixture;
    const { pages, answers, named, check, confirmation } = await referrers.get(council)!.submit(form, fixture);
    const account = { forename: 'Lynn', surname: 'Robinson', email: '', professional: true };
    expect(pages).toEqual(form.check(answers, named, account).visibleSections);
    expect(check.text).toContain('100% complete');
    expect(confirmation.heading).toBe('Form submitted');
  },
  120_000,
);
