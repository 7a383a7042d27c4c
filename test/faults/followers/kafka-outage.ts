import type { Report } from '../report.js';
export async function kafkaOutage(_report: Report, _counts: object): Promise<void> {}
