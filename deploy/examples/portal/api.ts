/** A problem that the API names; `field` is the input at fault, `problems` are those of single answers. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly field?: string,
    readonly problems: { sectionId: string; questionId: string; subjectId: string | null; row: number | null }[] = [],
    readonly correlationId?: string,
    /** What is asked of a password and was not kept, a sentence each. */
    readonly rules: string[] = [],
  ) {
    super(message);
  }
}

interface Reply {
  data?: Record<string, unknown> | null;
  errors?: {
    message: string;
    extensions?: {
      code?: string;
      field?: string;
      correlationId?: string;
      problems?: (Problem['problems'][number] | string)[];
    };
  }[];
}

/** How long an answer is waited for, in milliseconds. */
const PATIENCE = 20_000;

/** Frontdoor's GraphQL API as one council's portal asks it, for one visitor. */
export class Api {
  constructor(
    private readonly base: string,
    readonly council: string,
    private readonly token: string | undefined,
    /** Where the visitor is, so that the API's limits count visitors and not this portal. */
    private readonly address?: string,
  ) {}

  /** Asks one operation and gives its one field; throws a Problem. */
  async ask<T>(query: string, variables: object = {}): Promise<T> {
    let reply: Reply;
    try {
      const response = await fetch(`${this.base}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-council': this.council,
          ...(this.address ? { 'x-forwarded-for': this.address } : {}),
          ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(PATIENCE),
      });
      reply = (await response.json()) as Reply;
    } catch {
      throw new Problem('UNAVAILABLE', 'The service cannot be reached just now. Please try again shortly.');
    }
    const [error] = reply.errors ?? [];
    if (error) {
      const { code = 'INTERNAL', field, problems = [], correlationId } = error.extensions ?? {};
      const rules = problems.filter((problem) => typeof problem === 'string');
      const ofAnswers = problems.filter((problem) => typeof problem !== 'string');
      throw new Problem(code, error.message, field, ofAnswers, correlationId, rules);
    }
    return Object.values(reply.data ?? {})[0] as T;
  }
}
