/** Frontdoor's GraphQL API, as a system with the role SERVICE of one council. */
export class Frontdoor {
  constructor(
    private readonly url: string,
    private readonly council: string,
    /** Asked for each time: tokens run out. */
    private readonly token: () => Promise<string> | string,
  ) {}

  /** The referral as it stands now; null where there is none any more. */
  async referral(reference: string): Promise<unknown> {
    const query = `query($reference: String!){
      referral(reference: $reference){
        reference status form referrer{forename surname email telephone}
        versions{version submittedAt subjects{id forename surname dateOfBirth} answers}
        informationRequests{id state comments dueOn}
      }
    }`;
    return this.ask('referral', query, { reference });
  }

  /** Says that this system holds a version. The same command again changes nothing. */
  async acknowledge(commandId: string, reference: string, version: number, externalId: string): Promise<void> {
    const query = `mutation($commandId: ID!, $reference: String!, $version: Int!, $externalId: String){
      acknowledgeReceipt(
        commandId: $commandId, reference: $reference, version: $version, system: "case-management", externalId: $externalId
      ){reference}
    }`;
    await this.ask('acknowledgeReceipt', query, { commandId, reference, version, externalId });
  }

  private async ask(field: string, query: string, variables: object): Promise<unknown> {
    const reply = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-council': this.council,
        authorization: `Bearer ${await this.token()}`,
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(10_000),
    });
    const { data, errors } = (await reply.json()) as Reply;
    const code = errors?.[0]?.extensions.code;
    if (code === 'NOT_FOUND') return null;
    if (code) throw new Error(`Frontdoor answered ${code} to ${field}.`);
    return data?.[field] ?? null;
  }
}

interface Reply {
  data?: Record<string, unknown> | null;
  errors?: { extensions: { code: string } }[];
}
