/** The parts that mails are made of; both renderers know each of them, so text and HTML say the same. */
export type Block =
  | { type: 'paragraph'; text: string }
  /** As people read it: "1234 5678". */
  | { type: 'code'; code: string }
  /** A label and a value each. */
  | { type: 'rows'; rows: readonly (readonly [label: string, value: string])[] }
  | { type: 'link'; label: string; url: string };

/** A mail's words. The subject is also its heading. */
export interface Letter {
  subject: string;
  blocks: Block[];
}

export function paragraph(text: string): Block {
  return { type: 'paragraph', text };
}
