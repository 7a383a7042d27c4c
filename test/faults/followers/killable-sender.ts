import { setTimeout as sleep } from 'node:timers/promises';
import { MailSender } from '../../../projections/mail/send.js';
import { MINUTE } from '../../../src/core/clock.js';
import type { PostOffice } from '../../mail/post-office.js';
import { councils, secrets, type World } from '../../mail/world.js';
import { startProxy, type Proxy as Way } from '../../support/faults-proxy.js';
import { freePort } from '../../support/free-port.js';

/** The steps in which time passes while the mail server is away, and how long each takes, in milliseconds. */
const [STEP, LOOK] = [MINUTE / 2, 50];

/** A sender in a process of its own, as far as the stores and the mail server can tell. */
export class KillableSender {
  static addressOf: (stream: string) => string = () => '';
  private static count = 0;
  private readonly holder = `killable-${(KillableSender.count += 1)}`;
  private readonly sender: MailSender;
  private dead = false;

  private constructor(
    private readonly world: World,
    private readonly wayToOffice: Way,
  ) {
    const { log, clock } = world;
    const smtpUrl = `smtp://127.0.0.1:${wayToOffice.port}`;
    const ledger = this.mortal(world.ledger);
    const leases = this.mortal(world.leasesOf(this.holder));
    this.sender = new MailSender({ log, clock, ledger, councils, secrets, smtpUrl, leases });
    this.sender.start();
  }

  static async start(world: World, office: PostOffice): Promise<KillableSender> {
    return new KillableSender(world, await startProxy(office.port));
  }

  wake(): void {
    this.sender.wake();
  }

  /** From its death on, nothing that it says reaches anybody. Gives the addresses of the mails that were under way. */
  async kill(): Promise<string[]> {
    this.dead = true;
    void this.wayToOffice.stop();
    await this.world.vault.collection('leases').deleteMany({ holder: this.holder });
    return this.underWay();
  }

  private async underWay(): Promise<string[]> {
    const claimed = this.world.vault.collection('mails').find({ claimedBy: this.holder, claim: { $ne: null } });
    return (await claimed.toArray()).map(({ stream }) => KillableSender.addressOf(stream as string));
  }

  /** Keeps the mail server away from it for so long, by its clock. Gives the addresses of the mails that were under way. */
  async withoutOffice(milliseconds: number, eachStep: () => void): Promise<string[]> {
    const { world, wayToOffice } = this;
    const { target } = wayToOffice;
    const before = await this.underWay();
    wayToOffice.target = await freePort();
    wayToOffice.cut();
    const after = await this.underWay();
    for (const end = world.now + milliseconds; world.now < end; await sleep(LOOK)) {
      eachStep();
      world.pass(STEP);
      this.wake();
    }
    while ((await this.underWay()).length > 0) await sleep(LOOK);
    wayToOffice.target = target;
    return [...new Set([...before, ...after])];
  }

  async stop(): Promise<void> {
    if (this.dead) return;
    await this.sender.stop();
    await this.wayToOffice.stop();
  }

  private mortal<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        const method = member as (...given: unknown[]) => unknown;
        return (...given: unknown[]) => (this.dead ? new Promise(() => undefined) : method.apply(target, given));
      },
    });
  }
}
