import { mistakesOf } from '../mistakes.js';
import { mayAttach, openForm, type Opened } from '../opened-form.js';
import { operations } from '../operations.js';
import type { Routes } from '../portal.js';
import type { SavedForm } from '../types.js';
import type { Mistake, Visit } from '../visit.js';

/** How long an upload's check is waited for before the page says that it goes on: milliseconds between looks, and looks. */
const PAUSE = 250;
const LOOKS = 20;

/** Files of a saved form: announced to the API, sent to the place it names, and shown with what came of their check. */
export function fileRoutes(routes: Routes): void {
  routes.get('/saved-forms/:id/files', async (visit) => filesPage(visit, await openForm(visit)));

  routes.post('/saved-forms/:id/files', async (visit) => {
    const id = visit.param('id');
    const [asked, attachment] = visit.fields.text('do').split(':');
    try {
      if (asked === 'remove') {
        await visit.api.ask(operations.removeAttachment, { commandId: visit.commandId, id, file: attachment });
        return await visit.go(`/saved-forms/${id}/files`, 'The file is removed.');
      }
      const file = visit.fields.file('file');
      if (!file) return await filesPage(visit, await openForm(visit), [{ text: 'Choose a file.', href: '#file' }]);
      return await upload(visit, id, file);
    } catch (error) {
      return filesPage(
        visit,
        await openForm(visit),
        mistakesOf(error, () => 'file'),
      );
    }
  });
}

async function upload(visit: Visit, savedFormId: string, file: File): Promise<string | void> {
  // What browsers send beside the type is no part of it.
  const [mediaType = ''] = file.type.split(';');
  const input = { commandId: visit.commandId, savedFormId, fileName: file.name, mediaType, byteSize: file.size };
  const slot = await visit.api.ask<{ attachment: { id: string }; uploadUrl: string }>(operations.requestUpload, {
    input,
  });
  await fetch(slot.uploadUrl, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: await file.arrayBuffer(),
  });
  for (let look = 0; look < LOOKS; look += 1) {
    const { attachments } = await visit.api.ask<SavedForm>(operations.savedForm, { id: savedFormId });
    const now = attachments.find(({ id }) => id === slot.attachment.id);
    if (now?.status === 'AVAILABLE') return visit.go(`/saved-forms/${savedFormId}/files`, `${file.name} is attached.`);
    if (now?.status === 'REJECTED') {
      const text = now.problem ?? 'The file was refused.';
      return filesPage(visit, await openForm(visit), [{ text, href: '#file' }]);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return visit.go(`/saved-forms/${savedFormId}/files`, `${file.name} arrived and is still being checked.`);
}

function filesPage(visit: Visit, opened: Opened, mistakes: Mistake[] = []): Promise<string> {
  const { saved, form } = opened;
  const policy = visit.council.attachmentPolicy;
  const data = {
    saved,
    form,
    policy,
    allowed: mayAttach(visit, opened),
    accept: policy.extensions.map((extension) => `.${extension}`).join(','),
    back: `/saved-forms/${saved.id}`,
  };
  return visit.show('files', 'Supporting documents', data, mistakes);
}
