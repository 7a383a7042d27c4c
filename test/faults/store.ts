import { damageFaults } from './store-damage.js';
import { diskFaults } from './store-disk.js';
import { killFaults } from './store-kill.js';
import { syncFaults } from './store-sync.js';
import { Report } from './report.js';

/** All that can befall the embedded event store: a full disk, failing syncs, a damaged file, kill −9; or one of them. */
export async function storeFaults(options: { seed: number; cycles: number; only?: string }): Promise<Report> {
  const report = new Report();
  const parts: Record<string, () => Promise<void>> = {
    disk: () => diskFaults(options.seed, report),
    sync: () => syncFaults(options.seed, report),
    damage: () => damageFaults(options.seed, report),
    kill: () => killFaults(options, report),
  };
  for (const [name, part] of Object.entries(parts)) if ([undefined, name].includes(options.only)) await part();
  return report;
}
