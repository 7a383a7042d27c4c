import type { Council } from '../../../src/council/council.js';
import type { FormRef, Mail } from '../mail.js';
import { day } from '../../../src/core/dates.js';
import { paragraph, type Block, type Letter } from './letter.js';

type Params<K extends Mail['kind']> = Extract<Mail, { kind: K }>;

export function formSaved(mail: Params<'form-saved'>, council: Council): Letter {
  const { accountName, portalUrl } = council.mail;
  const until = day(mail.keptUntil, council.timeZone);
  return {
    subject: `Form saved in your ${accountName}`,
    blocks: [
      paragraph(`Your form has been saved in your ${accountName}. It has not been sent to us yet.`),
      { type: 'rows', rows: [['Form', formTitle(council, mail.form)]] },
      paragraph('To carry on with it, log in and open it from your saved forms.'),
      { type: 'link', label: 'Open your saved form', url: `${portalUrl}/saved-forms/${mail.referralId}` },
      paragraph(
        `It is kept for ${council.savedFormDays} days from when it was last saved, now until ${until}. ` +
          'If it is not saved again or submitted by then, it is erased and cannot be recovered.',
      ),
    ],
  };
}

export function submissionConfirmation(mail: Params<'submission-confirmation'>, council: Council): Letter {
  const { accountName } = council.mail;
  const { reference, version } = mail;
  const first = `Your form has been submitted via your ${accountName}. Your unique reference is ${reference}.`;
  const again =
    `The further information that we asked for has been submitted via your ${accountName}, as version ${version} ` +
    `of your form. Your unique reference is still ${reference}.`;
  return {
    subject: 'Confirmation of form submission',
    blocks: [
      paragraph(version === 1 ? first : again),
      { type: 'rows', rows: referralRows(council, mail) },
      paragraph('Please keep the reference: quote it whenever you contact us about this form.'),
      submittedFormsLink(council),
    ],
  };
}

/** Why more is asked for, and about what, is for the portal alone: comments may hold what is nobody else's business. */
export function informationRequested(mail: Params<'information-requested'>, council: Council): Letter {
  const { accountName, portalUrl } = council.mail;
  const { requestId, dueOn, redirectToFormId } = mail;
  const rows: [string, string][] = referralRows(council, mail);
  if (redirectToFormId) rows.push(['Form to use instead', formTitle(council, { id: redirectToFormId })]);
  if (dueOn) rows.push(['Please reply by', day(dueOn, council.timeZone)]);
  return {
    subject: `Further information requested on your ${accountName}`,
    blocks: [
      paragraph(`You recently submitted a form via your ${accountName}.`),
      paragraph(
        'We have viewed the form and request that you provide more information. ' +
          `Please log in to your ${accountName} to review the feedback and re-submit the form.`,
      ),
      { type: 'rows', rows },
      { type: 'link', label: 'Open the form', url: `${portalUrl}/submitted-forms/requests/${requestId}` },
    ],
  };
}

export function requestRetracted(mail: Params<'request-retracted'>, council: Council): Letter {
  const { accountName } = council.mail;
  return {
    subject: `Request for further information withdrawn on your ${accountName}`,
    blocks: [
      paragraph(
        'We recently asked you for further information about a form that you submitted. ' +
          'We no longer need it: the request has been retracted, and you do not need to do anything.',
      ),
      { type: 'rows', rows: referralRows(council, mail) },
      paragraph('The request, and the form that it opened, can no longer be viewed under your submitted forms.'),
    ],
  };
}

export function update({ reference }: Params<'update'>, council: Council): Letter {
  const { accountName } = council.mail;
  return {
    subject: `Update on your ${council.serviceName} request`,
    blocks: [
      paragraph(`We have added an update about your recent request via your ${accountName}.`),
      { type: 'rows', rows: [['Reference', reference]] },
      paragraph('Visit the submitted forms page to view the response.'),
      submittedFormsLink(council),
    ],
  };
}

export function savedFormExpiring(mail: Params<'saved-form-expiring'>, council: Council): Letter {
  const { accountName, portalUrl } = council.mail;
  const until = day(mail.keptUntil, council.timeZone);
  return {
    subject: `A form saved in your ${accountName} will soon be erased`,
    blocks: [
      paragraph(`A form that you saved in your ${accountName} has not been sent to us.`),
      { type: 'rows', rows: [['Form', formTitle(council, mail.form)]] },
      paragraph(
        `It is kept until ${until}. If it is not saved again or submitted by then, it is erased and cannot be recovered.`,
      ),
      { type: 'link', label: 'Open your saved form', url: `${portalUrl}/saved-forms/${mail.referralId}` },
      paragraph('If you no longer need it, you do not need to do anything.'),
    ],
  };
}

export function requestOverdue(mail: Params<'request-overdue'>, council: Council): Letter {
  const { accountName, portalUrl } = council.mail;
  return {
    subject: `Further information is overdue on your ${accountName}`,
    blocks: [
      paragraph(
        'We asked you for more information about a form that you submitted, and have not heard from you. ' +
          `Please log in to your ${accountName} to review the feedback and re-submit the form.`,
      ),
      { type: 'rows', rows: [...referralRows(council, mail), ['Please reply by', day(mail.dueOn, council.timeZone)]] },
      { type: 'link', label: 'Open the form', url: `${portalUrl}/submitted-forms/requests/${mail.requestId}` },
    ],
  };
}

function referralRows(council: Council, { reference, form }: { reference: string; form: FormRef }): [string, string][] {
  return [
    ['Reference', reference],
    ['Form', formTitle(council, form)],
  ];
}

function submittedFormsLink({ mail }: Council): Block {
  return { type: 'link', label: 'View your submitted forms', url: `${mail.portalUrl}/submitted-forms` };
}

/** A form whose version is no longer in the council's files is called by its newest, or by its id. */
function formTitle(council: Council, { id, version }: { id: string; version?: number }): string {
  return (council.form(id, version) ?? council.form(id))?.title ?? id;
}
