import type { Report } from '../report.js';
export async function mongoOutage(_report: Report, _counts: object): Promise<void> {}
