import type { CaseFiles } from './case-files.js';
import type { Frontdoor } from './frontdoor.js';

/** What is used of a message: CloudEvents' binary mode, attributes as headers and data as value. */
export interface Message {
  headers?: Record<string, string | Buffer | (string | Buffer)[] | undefined>;
  value: Buffer | null;
}

export interface Deps {
  council: string;
  frontdoor: Pick<Frontdoor, 'referral' | 'acknowledge'>;
  files: CaseFiles;
}

export type Outcome = 'taken' | 'seen before' | "another council's";

/**
 * Deals with one event. Where this throws, the message must come again; where it comes again although it was dealt with,
 * nothing happens twice.
 */
export async function consume({ council, frontdoor, files }: Deps, message: Message): Promise<Outcome> {
  const id = header(message, 'ce_id');
  const type = header(message, 'ce_type');
  if (header(message, 'ce_source') !== `/councils/${council}`) return "another council's";
  const { reference, version } = JSON.parse(String(message.value)) as { reference: string; version: number };
  const file = files.read(reference);
  if (file.seen.includes(id)) return 'seen before';
  const seen = [...file.seen, id];
  if (type === 'referral.erased.v1') {
    files.write({ reference, seen, referral: null });
    return 'taken';
  }
  // Whatever the event says, what is fetched is the newest: an event that comes late does no harm.
  const referral = await frontdoor.referral(reference);
  if (referral !== null && (type === 'referral.submitted.v1' || type === 'referral.resubmitted.v1')) {
    // Kept before it is acknowledged: a receipt says that this system holds it.
    files.write({ ...file, referral });
    // The event's own id as the command's: acknowledged again, it is acknowledged once.
    await frontdoor.acknowledge(id, reference, version, `CASE-${reference}`);
  }
  files.write({ reference, seen, referral });
  return 'taken';
}

function header({ headers }: Message, name: string): string {
  const value = headers?.[name];
  if (value === undefined) throw new Error(`The message has no header ${name}: it is no CloudEvent in binary mode.`);
  return String(value);
}
