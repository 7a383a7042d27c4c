import type { Report } from '../report.js';
export async function smtpFaults(_report: Report, _counts: object): Promise<void> {}
