import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accountDecider } from '../../src/account/account.decider.js';
import { accountKind } from '../../src/account/account.events.js';
import { emailReservationDecider, emailStream } from '../../src/account/email-reservation.js';
import type { Decider, DomainEvent, Recorded, StreamKind } from '../../src/core/decider.js';
import { noHead, RevisionMoved, type StoredRecord } from '../../src/core/event-log.js';
import { CommandHandling } from '../../src/core/handle-command.js';
import { DomainError } from '../../src/core/problem.js';
import { seal } from '../../src/core/seal.js';
import { referralDecider, type ReferralCommand } from '../../src/referral/referral.decider.js';
import { referralKind, type ReferralEvent } from '../../src/referral/referral.events.js';
import {
  amira,
  announce,
  erase,
  isla,
  noah,
  requestInformation,
  saveForm,
  setHold,
  startAmendment,
  startForm,
  submitForm,
} from '../deciders/referral-story.js';
import { verifyChain } from '../support/chain.js';
import { NOON, noonPlus } from '../support/given.js';
import { request, secrets, startStores, type Application, type Stores } from './stores.js';

let stores: Stores;
let app: Application;
beforeAll(async () => {
  stores = await startStores();
  app = stores.application();
});
afterAll(async () => stores?.stop());

const newReferral = () => `referral-${randomUUID()}`;
const records = async (stream: string, { log }: Application = app): Promise<StoredRecord[]> => {
  const all: StoredRecord[] = [];
  for await (const record of log.records(stream)) all.push(record);
  return all;
};
const facts = async (stream: string, { log }: Application = app): Promise<Recorded<ReferralEvent>[]> => {
  const all: Recorded<ReferralEvent>[] = [];
  for await (const fact of log.facts(referralKind, stream)) all.push(fact);
  return all;
};
const types = async (stream: string) => (await records(stream)).map(({ type }) => type);
const problem = (code: string) => expect.objectContaining({ code });

describe('a command', () => {
  test('is carried out: its facts are appended, linked and given back', async () => {
    const stream = newReferral();
    const asked = request();
    const outcome = await app.handling.handle(referralDecider, stream, startForm(), asked);
    expect(outcome).toMatchObject({ repeated: false, head: { revision: 0 }, state: { status: 'live' } });
    expect(outcome.facts).toMatchObject([{ type: 'FormStarted', revision: 0, by: asked.actor, erased: false }]);
    const stored = await facts(stream);
    expect(stored).toEqual(outcome.facts.map((fact, n) => ({ ...fact, position: stored[n]!.position })));
    expect(stored[0]!.position).toBe(outcome.position);
    expect(verifyChain(await records(stream))).toMatchObject({ intact: true, entries: 1, head: outcome.head.hash });
  });

  test('that is refused changes nothing', async () => {
    const stream = newReferral();
    await expect(app.handling.handle(referralDecider, stream, saveForm(), request())).rejects.toEqual(
      problem('NOT_FOUND'),
    );
    expect(await types(stream)).toEqual([]);
    await app.handling.handle(referralDecider, stream, startForm(), request());
    const wrong = saveForm({ expectedRevision: 7 });
    await expect(app.handling.handle(referralDecider, stream, wrong, request())).rejects.toEqual(
      problem('REVISION_CONFLICT'),
    );
    expect(await types(stream)).toEqual(['FormStarted']);
  });

  test('that has nothing to do gives no facts and appends none', async () => {
    const stream = newReferral();
    await app.handling.handle(referralDecider, stream, startForm(), request());
    const outcome = await app.handling.handle(referralDecider, stream, startForm(), request());
    expect(outcome).toMatchObject({ facts: [], repeated: false, head: { revision: 0 } });
    expect(outcome.position).toBeUndefined();
    expect(await types(stream)).toEqual(['FormStarted']);
  });

  test('waits where a newer release appended what this one does not know, whether it read the stream before or not', async () => {
    const stream = newReferral();
    const { head } = await app.handling.handle(referralDecider, stream, startForm(), request());
    const newer = { ...referralKind, clear: { ...referralKind.clear, FormAnnotated: ['note'] } };
    const annotated = { type: 'FormAnnotated', data: { note: 'kept' } } as unknown as ReferralEvent;
    const context = { ...request(), commandHash: '', at: NOON };
    await app.log.append(newer, stream, head, [annotated], context);
    for (const process of [app, stores.application()]) {
      for (const command of [saveForm(), startForm()]) {
        await expect(process.handling.handle(referralDecider, stream, command, request())).rejects.toEqual(
          problem('UNAVAILABLE'),
        );
      }
    }
    expect(await types(stream)).toEqual(['FormStarted', 'FormAnnotated']);
  });

  test('leaves the state that reading the stream anew gives', async () => {
    const stream = newReferral();
    const commands = [
      startForm(),
      saveForm({ expectedRevision: 1, subjects: [isla, noah], patch: { you: { name: null, age: 7 } } }),
      announce(),
      submitForm({ expectedRevision: 9 }),
      saveForm({ expectedRevision: 2, patch: { reason: { why: 'Hélp 💙' } } }),
    ];
    for (const command of commands) {
      await app.handling.handle(referralDecider, stream, command, request()).catch((error: unknown) => {
        expect(error).toBeInstanceOf(DomainError);
      });
    }
    const known = await app.handling.state(referralDecider, stream);
    expect(await app.handling.state(referralDecider, stream, true)).toEqual(known);
    expect(await stores.application().handling.state(referralDecider, stream)).toEqual(known);
    expect(known.state.savedRevision).toBe(3);
  });
});

describe('a repeated command', () => {
  test('gives the same outcome and appends nothing, in the same process, another, and after a restart', async () => {
    const stream = newReferral();
    const asked = request({ said: { formId: 'request-for-support' } });
    const first = await app.handling.handle(referralDecider, stream, startForm(), asked);
    for (const { handling } of [app, stores.application(), stores.application()]) {
      const again = await handling.handle(referralDecider, stream, startForm(), asked);
      expect(again).toEqual({ state: first.state, head: first.head, facts: [], repeated: true });
    }
    expect(await types(stream)).toEqual(['FormStarted']);
  });

  test('is known after others came, though it would be refused by now', async () => {
    const stream = newReferral();
    await app.handling.handle(referralDecider, stream, startForm(), request());
    const asked = request({ said: { patch: {} } });
    const command = saveForm({ expectedRevision: 1, patch: {} });
    await app.handling.handle(referralDecider, stream, command, asked);
    await app.handling.handle(referralDecider, stream, submitForm(), request());
    for (const { handling } of [app, stores.application()]) {
      expect(await handling.handle(referralDecider, stream, command, asked)).toMatchObject({ repeated: true });
    }
    expect(await types(stream)).toEqual(['FormStarted', 'AnswersSaved', 'FormSubmitted']);
  });

  test('is the same whatever the order of what was said', async () => {
    const stream = newReferral();
    const asked = request({ said: { a: 1, b: { c: 2, d: 3 } } });
    await app.handling.handle(referralDecider, stream, startForm(), asked);
    const turned = { ...asked, said: { b: { d: 3, c: 2 }, a: 1 } };
    expect(await app.handling.handle(referralDecider, stream, startForm(), turned)).toMatchObject({ repeated: true });
  });

  test('with another body, type or actor is refused, after a restart too, and nothing is appended', async () => {
    const stream = newReferral();
    const asked = request({ said: { patch: 1 } });
    await app.handling.handle(referralDecider, stream, startForm(), asked);
    for (const { handling } of [app, stores.application()]) {
      const reused = [
        handling.handle(referralDecider, stream, startForm(), { ...asked, said: { patch: 2 } }),
        handling.handle(referralDecider, stream, saveForm({ expectedRevision: 1 }), asked),
        handling.handle(referralDecider, stream, startForm(), { ...asked, actor: { ...asked.actor, id: 'mallory' } }),
      ];
      for (const refusal of await Promise.allSettled(reused)) {
        expect(refusal).toMatchObject({ reason: { code: 'COMMAND_ID_REUSED', field: 'commandId' } });
      }
    }
    expect(await types(stream)).toEqual(['FormStarted']);
  });

  test('may be used in another stream: streams know their own commands', async () => {
    const asked = request();
    const [one, other] = [newReferral(), newReferral()];
    await app.handling.handle(referralDecider, one, startForm(), asked);
    expect(await app.handling.handle(referralDecider, other, startForm(), asked)).toMatchObject({ repeated: false });
  });

  test('given a hundred times at once is appended once', async () => {
    const stream = newReferral();
    const asked = request();
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => app.handling.handle(referralDecider, stream, startForm(), asked)),
    );
    expect(outcomes.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(outcomes.map(({ head }) => head.hash)).size).toBe(1);
    expect(await types(stream)).toEqual(['FormStarted']);
  });

  test('given to four processes at once is appended once', async () => {
    const processes = Array.from({ length: 4 }, () => stores.application());
    for (let round = 0; round < 10; round += 1) {
      const stream = newReferral();
      const asked = request();
      const outcomes = await Promise.all(
        processes.map(({ handling }) => handling.handle(referralDecider, stream, startForm(), asked)),
      );
      expect(outcomes.filter(({ repeated }) => !repeated)).toHaveLength(1);
      expect(new Set(outcomes.map(({ head }) => head.hash)).size).toBe(1);
      expect(await types(stream)).toEqual(['FormStarted']);
    }
  });
});

describe('commands that race', () => {
  /** Counts: nothing is refused, so that nothing may be lost. */
  type Counted = { type: 'Counted'; data: { by: number; after: number } };
  const kind: StreamKind<Counted> = { category: 'count', clear: { Counted: ['by', 'after'] } };
  const counter: Decider<{ type: 'Count'; by: number }, number, Counted> = {
    kind,
    initialState: 0,
    decide: ({ by }, count) => [{ type: 'Counted', data: { by, after: count + 1 } }],
    evolve: (count) => count + 1,
  };
  const counted = async (stream: string) => (await records(stream)).map(({ data }) => data);

  test('a hundred different ones on one stream are all decided, one after the other', async () => {
    const stream = `count-${randomUUID()}`;
    await Promise.all(
      Array.from({ length: 100 }, (_, by) => app.handling.handle(counter, stream, { type: 'Count', by }, request())),
    );
    const all = await counted(stream);
    expect(all.map(({ after }) => after)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(new Set(all.map(({ by }) => by)).size).toBe(100);
    expect(verifyChain(await records(stream))).toMatchObject({ intact: true, entries: 100 });
  });

  test('two processes on one stream: each fact was decided on all before it, and the chain holds', async () => {
    const stream = `count-${randomUUID()}`;
    const processes = [app, stores.application()];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, by) =>
        processes[by % 2]!.handling.handle(counter, stream, { type: 'Count', by }, request()),
      ),
    );
    const all = await counted(stream);
    const done = outcomes.flatMap(({ status }, by) => (status === 'fulfilled' ? [by] : []));
    // Who loses ten times in a row is told to come again; what was done is stored, and nothing else is.
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(problem('UNAVAILABLE'));
    }
    expect(all.map(({ by }) => by as number).sort((a, b) => a - b)).toEqual(done);
    expect(all.map(({ after }) => after)).toEqual(all.map((_, n) => n + 1));
    expect(verifyChain(await records(stream))).toMatchObject({ intact: true, entries: done.length });
    expect(done.length).toBeGreaterThan(30);
  });

  test('of twenty that reserve one address, in two processes, one wins', async () => {
    const processes = [app, stores.application()];
    for (let round = 0; round < 10; round += 1) {
      const stream = emailStream(secrets, 'lancashire', `jane-${randomUUID()}@example.org`);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) =>
          processes[n % 2]!.handling.handle(
            emailReservationDecider,
            stream,
            { type: 'ReserveEmail', accountId: `a-${n}` },
            request(),
          ),
        ),
      );
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(refused).toEqual(refused.map(() => problem('NOT_ALLOWED_NOW')));
      expect(refused).toHaveLength(19);
      const stored = await records(stream);
      expect(stored).toHaveLength(1);
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      expect(stored[0]!.data).toEqual({ accountId: `a-${winner}` });
      expect(verifyChain(stored).intact).toBe(true);
    }
  });

  test('of two saves of one form, in two processes, one wins and the other hears of it', async () => {
    const processes = [app, stores.application()];
    for (let round = 0; round < 10; round += 1) {
      const stream = newReferral();
      await app.handling.handle(referralDecider, stream, startForm(), request());
      const outcomes = await Promise.allSettled(
        processes.map(({ handling }, n) =>
          handling.handle(
            referralDecider,
            stream,
            saveForm({ expectedRevision: 1, patch: { you: { tab: n } } }),
            request(),
          ),
        ),
      );
      const [refused] = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused?.reason).toEqual(problem('REVISION_CONFLICT'));
      expect(await types(stream)).toEqual(['FormStarted', 'AnswersSaved']);
    }
  });

  test('a process that knows an older state decides on the newest', async () => {
    const stream = newReferral();
    const other = stores.application();
    await app.handling.handle(referralDecider, stream, startForm(), request());
    await other.handling.handle(referralDecider, stream, saveForm({ expectedRevision: 1 }), request());
    // Refused on what this process knows, right on what is stored; and right on what it knows, refused by what is stored.
    expect(
      await app.handling.handle(referralDecider, stream, saveForm({ expectedRevision: 2 }), request()),
    ).toMatchObject({ state: { savedRevision: 3 } });
    await expect(
      other.handling.handle(referralDecider, stream, saveForm({ expectedRevision: 2 }), request()),
    ).rejects.toEqual(problem('REVISION_CONFLICT'));
  });

  test('a decision that changes nothing is taken again on what another process has stored since', async () => {
    const stream = newReferral();
    const other = stores.application();
    const by =
      ({ handling }: Application) =>
      (command: ReferralCommand) =>
        handling.handle(referralDecider, stream, command, request());
    const [here, there] = [by(app), by(other)];
    for (const command of [startForm(), saveForm({ expectedRevision: 1, subjects: [isla] }), submitForm()]) {
      await here(command);
    }
    await here(setHold());
    await there(setHold({ held: false }));
    expect(await here(setHold())).toMatchObject({ state: { held: true }, facts: [{ type: 'LegalHoldPlaced' }] });
    await expect(there(erase())).rejects.toEqual(problem('LEGAL_HOLD'));
    // The same where a hold was what kept a draft from expiring.
    await here(requestInformation());
    await here(startAmendment());
    expect(await here({ type: 'ExpireForm', now: noonPlus(90 * 24 * 60 * 60_000) })).toMatchObject({ facts: [] });
    await there(setHold({ held: false }));
    expect(await here({ type: 'ExpireForm', now: noonPlus(90 * 24 * 60 * 60_000) })).toMatchObject({
      facts: [{ type: 'SavedFormExpired' }],
    });
  });

  test('a repeated command gives the state that another process has stored since', async () => {
    const stream = newReferral();
    const asked = request();
    await app.handling.handle(referralDecider, stream, startForm(), asked);
    const save = saveForm({ expectedRevision: 1, subjects: [isla] });
    await stores.application().handling.handle(referralDecider, stream, save, request());
    expect(await app.handling.handle(referralDecider, stream, startForm(), asked)).toMatchObject({
      repeated: true,
      state: { savedRevision: 2, draft: { subjects: [isla] } },
    });
  });

  test('a refusal, and a state asked for anew, read only what came since', async () => {
    const stream = `count-${randomUUID()}`;
    let folded = 0;
    const evolve = (count: number) => ((folded += 1), count + 1);
    const upTo: typeof counter = {
      ...counter,
      evolve,
      decide(command, count) {
        if (count < 3) return counter.decide(command, count);
        throw new DomainError('NOT_ALLOWED_NOW', 'That is enough.');
      },
    };
    const handling = new CommandHandling(app.log, { now: () => new Date(NOON) }, secrets);
    const count = (by = handling) => by.handle(upTo, stream, { type: 'Count', by: 1 }, request());
    for (const _time of [1, 2, 3]) await count(app.handling);
    await expect(count()).rejects.toEqual(problem('NOT_ALLOWED_NOW'));
    folded = 0;
    await expect(count()).rejects.toEqual(problem('NOT_ALLOWED_NOW'));
    expect([(await handling.state(upTo, stream, true)).state, folded]).toEqual([3, 0]);
    await app.handling.handle(counter, stream, { type: 'Count', by: 1 }, request());
    expect([(await handling.state(upTo, stream, true)).state, folded]).toEqual([4, 1]);
    expect(await handling.state(upTo, stream)).toEqual(await stores.application().handling.state(counter, stream));
  });
});

describe('the log', () => {
  const context = { ...request(), commandHash: 'h', at: noonPlus(0) };

  test('refuses an append behind anything but the head', async () => {
    const stream = newReferral();
    const [started] = referralDecider.decide(startForm(), referralDecider.initialState);
    const { head } = await app.log.append(referralKind, stream, noHead, [started!], context);
    const before = app.log.append(referralKind, stream, noHead, [started!], { ...context, commandId: randomUUID() });
    await expect(before).rejects.toBeInstanceOf(RevisionMoved);
    const beyond = app.log.append(referralKind, stream, { ...head, revision: 5 }, [started!], context);
    await expect(beyond).rejects.toBeInstanceOf(RevisionMoved);
    expect(await types(stream)).toEqual(['FormStarted']);
  });

  test('gives no records of a stream that is not there', async () => {
    expect(await records(newReferral())).toEqual([]);
  });

  test('refuses to store personal data where nothing can be sealed', async () => {
    const open: StreamKind<DomainEvent> = { category: 'open', clear: { Said: ['public'] } };
    const said = { type: 'Said', data: { public: 1, name: 'Isla' } };
    const stream = `open-${randomUUID()}`;
    await expect(app.log.append(open, stream, noHead, [said], context)).rejects.toThrow('must be sealed');
    expect(await types(stream)).toEqual([]);
  });

  test('links the facts of one command to each other and to those before', async () => {
    const stream = newReferral();
    await app.handling.handle(referralDecider, stream, startForm(), request());
    const { facts } = await app.handling.handle(
      referralDecider,
      stream,
      saveForm({ expectedRevision: 1, subjects: [isla], patch: {} }),
      request(),
    );
    expect(facts).toHaveLength(2);
    expect(facts[1]!.previousHash).toBe(facts[0]!.hash);
    expect(new Set(facts.map(({ id }) => id)).size).toBe(2);
    expect(verifyChain(await records(stream))).toMatchObject({ intact: true, entries: 3 });
  });

  test('does not open what was sealed for another place', async () => {
    const stream = newReferral();
    await app.handling.handle(referralDecider, stream, startForm(), request());
    const [record] = await records(stream);
    const moved = { ...record!, revision: 1n } as StoredRecord;
    await expect(app.log.open(referralKind, moved)).rejects.toThrow();
    const key = (await app.keys.find(stream))!;
    const forged = seal(key, Buffer.from('{"data":{},"by":"Mallory"}'), 'elsewhere').toString('base64url');
    const changed = { ...record!, data: { ...record!.data, sealed: forged } } as StoredRecord;
    await expect(app.log.open(referralKind, changed)).rejects.toThrow();
  });
});

describe('a destroyed key', () => {
  const sent = async () => {
    const stream = newReferral();
    const commands = [
      startForm(),
      saveForm({ expectedRevision: 1, subjects: [isla, noah] }),
      submitForm(),
      requestInformation(),
    ];
    for (const command of commands) await app.handling.handle(referralDecider, stream, command, request());
    return stream;
  };

  test('leaves facts with what was stored in the clear, and a chain that holds', async () => {
    const stream = await sent();
    const before = await records(stream);
    await app.handling.handle(referralDecider, stream, erase(), request());
    await app.keys.destroy(stream, new Date());
    for (const reader of [app, stores.application()]) {
      const opened = await facts(stream, reader);
      expect(opened.map(({ erased }) => erased)).toEqual([true, true, true, true, true]);
      expect(opened.map(({ by }) => by.name)).toEqual(['', '', '', '', '']);
      for (const fact of opened) {
        expect(referralKind.clear[fact.type]).toEqual(expect.arrayContaining(Object.keys(fact.data)));
      }
      expect(JSON.stringify(opened.map(({ data }) => data))).not.toMatch(/Isla|Noah|Castellane|school/);
      const stored = await records(stream, reader);
      expect(verifyChain(stored)).toMatchObject({ intact: true, entries: 5 });
      expect(stored.slice(0, 4)).toEqual(before);
      expect((await reader.handling.state(referralDecider, stream, true)).state).toMatchObject({
        erased: true,
        revision: 2,
      });
    }
  });

  test('is never made again, and nothing personal is stored for its owner any more', async () => {
    const stream = await sent();
    await app.handling.handle(referralDecider, stream, erase(), request());
    await app.keys.destroy(stream, new Date());
    expect(await app.keys.create(stream)).toBeUndefined();
    expect(await stores.application().keys.create(stream)).toBeUndefined();
    expect(await app.keys.find(stream)).toBeUndefined();
    const { head } = await app.handling.state(referralDecider, stream, true);
    const held: ReferralEvent = { type: 'LegalHoldPlaced', data: { reason: 'Names Isla' } };
    const context = { ...request(), commandHash: '', at: NOON };
    await app.log.append(referralKind, stream, head, [held], context);
    const last = (await records(stream)).at(-1)!;
    expect(last.type).toBe('LegalHoldPlaced');
    expect(last.data).toEqual({});
    expect(verifyChain(await records(stream))).toMatchObject({ intact: true, entries: 6 });
  });

  test('is destroyed once, done twice; other keys stay', async () => {
    const [gone, kept] = [await sent(), await sent()];
    await app.keys.destroy(gone, new Date(0));
    await app.keys.destroy(gone, new Date(0));
    expect(await app.keys.find(gone)).toBeUndefined();
    expect((await facts(kept)).map(({ erased }) => erased)).toEqual([false, false, false, false]);
    const left = await stores.vault.collection<{ _id: string }>('keys').findOne({ _id: gone });
    expect(Object.keys(left!).sort()).toEqual(['_id', 'createdAt', 'destroyedAt']);
  });

  test('made by many at once is one key', async () => {
    const owner = newReferral();
    const processes = Array.from({ length: 10 }, () => stores.application());
    const made = await Promise.all(processes.map(({ keys }) => keys.create(owner)));
    expect(new Set(made.map((key) => key!.toString('hex'))).size).toBe(1);
  });
});

describe('what is stored', () => {
  /** Words that stand for personal data wherever a person can write. */
  const canary = (name: string) => `Canary${name}Zwitscher`;

  test('holds nothing personal in the clear: not in names, metadata, data, nor in any file', async () => {
    const accountId = randomUUID();
    const email = `${canary('Email')}@example.org`;
    const details = {
      forename: canary('Forename'),
      surname: canary('Surname'),
      professional: true,
      organisation: canary('Organisation'),
      jobTitle: canary('Job'),
      telephone: canary('Telephone'),
      address: { line1: canary('Line'), town: canary('Town'), postcode: canary('Postcode') },
    };
    const rules = { now: noonPlus(0), minutes: 15, attempts: 5 };
    const actor = { kind: 'referrer' as const, id: accountId, name: canary('Actor') };
    const asked = () => request({ actor, said: { email, details, comments: canary('Said') } });
    const account = `account-${accountId}`;
    const started = {
      type: 'StartRegistration' as const,
      details,
      email,
      challengeId: randomUUID(),
      rules,
      isTaken: false,
    };
    await app.handling.handle(accountDecider, account, { ...started, passwordHash: canary('Hash') }, asked());
    await app.handling.handle(accountDecider, account, { type: 'UpdateDetails', details }, asked());
    const again = { ...started, passwordHash: canary('Hash'), isTaken: true };
    await app.handling.handle(accountDecider, `account-${randomUUID()}`, again, asked());
    await app.handling.handle(
      emailReservationDecider,
      emailStream(secrets, 'lancashire', email),
      { type: 'ReserveEmail', accountId },
      asked(),
    );
    const stream = newReferral();
    const subject = { id: randomUUID(), forename: canary('Child'), surname: canary('ChildSurname'), dateOfBirth: null };
    const answers = { you: { [canary('Question')]: canary('Answer') } };
    for (const command of [
      startForm({ referrer: { ...amira, ...details, email }, answers }),
      saveForm({ expectedRevision: 1, subjects: [subject], patch: { reason: { why: canary('Patch') } } }),
      announce({ fileName: canary('File') }),
      { type: 'RemoveAttachment' as const, accountId: 'amira', attachmentId: 'f-1', now: noonPlus(0) },
      submitForm({ referrer: { ...amira, ...details, email } }),
      requestInformation({ comments: canary('Comments'), questions: [{ questionId: 'q', note: canary('Note') }] }),
      setHold({ reason: canary('HoldReason') }),
    ]) {
      await app.handling.handle(referralDecider, stream, command, asked());
    }

    // It is there for who has the keys …
    expect(JSON.stringify((await facts(stream)).map(({ data, by }) => [data, by]))).toContain(canary('Answer'));
    for await (const { data } of app.log.facts(accountKind, account)) expect(JSON.stringify(data)).toBeDefined();
    // … and for nobody else, neither to the store's clients nor on its disk.
    let stored = 0;
    for await (const { event } of app.client.readAll()) {
      if (!event) continue;
      stored += 1;
      expect(JSON.stringify([event.streamId, event.type, event.metadata, event.data])).not.toMatch(/Canary|Zwitscher/i);
    }
    expect(stored).toBeGreaterThan(10);
    await Promise.all([stores.events.kill('SIGTERM'), stores.mongo.stop()]);
    const files = await bytesIn(stores.events.dataDir, stores.mongo.dataDir);
    expect(files.some((bytes) => bytes.includes(stream))).toBe(true);
    for (const bytes of files) expect(bytes.toString('latin1')).not.toMatch(/Canary|Zwitscher/i);
  });
});

async function bytesIn(...folders: string[]): Promise<Buffer[]> {
  const entries = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })));
  const files = entries.flat().filter((entry) => entry.isFile());
  return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name))));
}
