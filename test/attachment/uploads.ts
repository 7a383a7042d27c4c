import { randomUUID } from 'node:crypto';
import type { Api, Json } from '../../src/cli/demo/api.js';

const ATTACHMENT = 'id fileName status problem downloadUrl';
const REQUEST = `mutation($input: RequestUploadInput!) { requestUpload(input: $input) { uploadUrl attachment { ${ATTACHMENT} } } }`;
const FORM = `query($id: ID!) { savedForm(id: $id) { attachments { ${ATTACHMENT} } } }`;

export interface Attachment {
  id: string;
  fileName: string;
  status: string;
  problem: string | null;
  downloadUrl: string | null;
}
export interface Slot {
  uploadUrl: string;
  attachment: Attachment;
}

/** Announces a PDF. */
export function requestUpload(api: Api, savedFormId: string, { length: byteSize }: Buffer): Promise<Slot> {
  const file = { fileName: 'plan.pdf', mediaType: 'application/pdf', byteSize };
  return api.ask<Slot & Json>(REQUEST, { input: { commandId: randomUUID(), savedFormId, ...file } });
}

/** Announces a PDF unless it was, and sends it. */
export async function upload(api: Api, savedFormId: string, bytes: Buffer, announced?: Slot) {
  const slot = announced ?? (await requestUpload(api, savedFormId, bytes));
  const headers = { 'content-type': 'application/pdf' };
  const reply = await fetch(slot.uploadUrl, { method: 'PUT', body: new Uint8Array(bytes), headers });
  const text = await reply.text();
  return { slot, status: reply.status, body: text ? (JSON.parse(text) as Json) : null };
}

export async function attachmentsOf(api: Api, id: string): Promise<Attachment[]> {
  return (await api.ask<{ attachments: Attachment[] } & Json>(FORM, { id })).attachments;
}
