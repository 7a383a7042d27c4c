import type { CouncilReceipts, IntegrationStatus } from '../../integration/status.js';

/** What `npm run ops -- integration status` prints. */
export function integrationStatusText({ councils, followers }: IntegrationStatus): string {
  const lags = followers.map(({ follower, events, seconds, more }) => {
    const lag = `${more ? 'at least ' : ''}${events} events, ${seconds.toFixed(0)} s`;
    return `  ${follower.padEnd(20)} ${events === 0 && !more ? 'up to date' : `behind by ${lag}`}`;
  });
  return ['Followers', ...lags, '', 'Receipts', ...councils.flatMap(councilLines), ''].join('\n');
}

function councilLines({ council, receiptHours, unacknowledged, late, referrals }: CouncilReceipts): string[] {
  if (receiptHours === null) return [`  ${council}: no receipts expected`];
  const head = `  ${council}: ${unacknowledged} not acknowledged, ${late} of them for more than ${receiptHours} h`;
  const lines = referrals.map(
    ({ reference, version, submittedAt, lateBy }) =>
      `    ${reference}  version ${version}  submitted ${submittedAt}  late by ${lateBy.toFixed(1)} h`,
  );
  const more = late > referrals.length ? [`    … and ${late - referrals.length} more`] : [];
  return [head, ...lines, ...more];
}
