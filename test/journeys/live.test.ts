import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { sharedFrontdoor, type Installation } from '../support/frontdoor.js';
import { endListening, listen } from '../support/listen.js';
import {
  filledForm,
  registered,
  returned,
  submitForm,
  until,
  type Registered,
  type SubmittedForms,
} from '../support/people.js';

let frontdoor: Installation;
let person: Registered;
let worker: Api;
beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
  person = await registered(frontdoor.visitor('lancashire'));
  worker = await frontdoor.staff('lancashire', 'worker');
});
afterAll(async () => {
  await endListening();
});

const mine = 'subscription{submittedFormsChanged{requestingMoreInformation{reference} recentlySubmitted{totalCount}}}';
const theirs = 'subscription{inboxChanged{reference status names}}';

describe('Lists that keep themselves up to date', () => {
  test('a worker hears of a submission, the referrer of its return, and nobody of what is not theirs', async () => {
    const stranger = await registered(frontdoor.visitor('lancashire'));
    const elsewhere = await frontdoor.staff('sefton', 'worker');
    const [inbox, otherInbox] = [listen(worker, theirs), listen(elsewhere, theirs)];
    const [own, others] = [listen(person.api, mine), listen(stranger.api, mine)];
    // Subscribed once the first event comes through: it is said again until it does.
    const references: string[] = [];
    await until(async () => {
      references.push(
        (await submitForm(person.api, await filledForm(person.api, 'request-for-support', ['Violet']))).reference,
      );
      return inbox.heard.length > 0 && own.heard.length > 0;
    });
    const reference = references.at(-1)!;
    await until(async () => inbox.heard.some(({ inboxChanged }) => (inboxChanged as Json).reference === reference));
    await returned(worker, reference);
    await until(async () =>
      own.heard.some(({ submittedFormsChanged }) =>
        (submittedFormsChanged as SubmittedForms).requestingMoreInformation.some(
          (request) => request.reference === reference,
        ),
      ),
    );
    await until(async () =>
      inbox.heard.some(({ inboxChanged }) => {
        const { reference: of, status } = inboxChanged as Json;
        return of === reference && status === 'INFORMATION_REQUESTED';
      }),
    );
    // Other suites work in the other council at the same time.
    const hers = ({ inboxChanged }: Json) => references.includes(String((inboxChanged as Json).reference));
    expect([otherInbox.heard.filter(hers), others.heard]).toEqual([[], []]);
  });

  test('a role that may not is refused, and queries and mutations are not served there', async () => {
    const refused = listen(person.api, theirs);
    await until(async () => refused.problem() !== undefined);
    expect(refused.problem()).toBe('FORBIDDEN');
    const query = listen(person.api, '{me{email}}');
    await until(async () => query.problem() !== undefined);
    expect(query.problem()).toBe('BAD_INPUT');
  });

  test('a session that was ended hears nothing any more', async () => {
    const leaving = await registered(frontdoor.visitor('lancashire'));
    const own = listen(leaving.api, mine);
    let sent = 0;
    const submit = async () => {
      sent += 1;
      return submitForm(leaving.api, await filledForm(leaving.api, 'request-for-support', ['Violet']));
    };
    await until(async () => {
      await submit();
      return own.heard.length > 0;
    });
    const { reference } = await submit();
    // Everything that was on its way has come.
    const shown = () => (own.heard.at(-1)!.submittedFormsChanged as SubmittedForms).recentlySubmitted.totalCount;
    await until(() => shown() === sent);
    await leaving.api.ask(ask.logOut);
    const before = own.heard.length;
    await returned(worker, reference);
    const watcher = listen(worker, theirs);
    await until(async () => {
      await submitForm(person.api, await filledForm(person.api, 'request-for-support', ['Violet']));
      return watcher.heard.length > 0;
    });
    expect(own.heard).toHaveLength(before);
  });
});
