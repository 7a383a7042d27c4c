/** A reply's data, taken as what the contract says it is. */
export type Json = Record<string, unknown>;

export class ApiProblem extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly field?: string,
  ) {
    super(`${code}: ${message}`);
  }
}

/** A caller of one council's service over HTTP, as a front end is one. */
export class Api {
  constructor(
    readonly base: string,
    readonly council: string,
    readonly token?: string,
    /** Where the mailbox is served. */
    readonly mailbox: string = base,
  ) {}

  as(token: string | undefined, council = this.council): Api {
    return new Api(this.base, council, token, this.mailbox);
  }

  /** Asks one operation and gives its one field; throws ApiProblem with the problem's code. */
  async ask<T = Json>(document: string, variables: Json = {}): Promise<T> {
    const reply = await fetch(`${this.base}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-council': this.council,
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
      },
      body: JSON.stringify({ query: document, variables }),
    });
    const { data, errors } = (await reply.json()) as {
      data?: Json | null;
      errors?: { message: string; extensions: { code: string; field?: string } }[];
    };
    const [error] = errors ?? [];
    if (error) throw new ApiProblem(error.extensions.code, error.message, error.extensions.field);
    return Object.values(data!)[0] as T;
  }

  /** The code of the problem that an operation gives, or undefined where it gives none. */
  async problem(document: string, variables: Json = {}): Promise<string | undefined> {
    try {
      await this.ask(document, variables);
      return undefined;
    } catch (error) {
      if (error instanceof ApiProblem) return error.code;
      throw error;
    }
  }

  /** Waits a minute at most for the newest mail to an address that `wanted` accepts; mails travel on their own. */
  async mail(to: string, wanted: (mail: Mail) => boolean): Promise<Mail> {
    for (const end = performance.now() + 60_000; performance.now() < end;) {
      const reply = await fetch(`${this.mailbox}/mailbox.json?to=${encodeURIComponent(to)}`);
      const found = ((await reply.json()) as Mail[]).find(wanted);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`No such mail came to ${to} within a minute.`);
  }

  /** The newest code mailed to an address, other than those seen before. */
  async code(to: string, seen: Set<string>): Promise<string> {
    const mail = await this.mail(to, ({ id, text }) => !seen.has(id) && /\b\d{4} \d{4}\b/.test(text));
    seen.add(mail.id);
    return /\b\d{4} \d{4}\b/.exec(mail.text)![0];
  }
}

export interface Mail {
  id: string;
  at: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}
