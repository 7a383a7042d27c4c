/**
 * The processor time that work takes in this process, in milliseconds. Unlike the time on the clock it stays the same
 * while other processes keep both cores busy.
 */
export async function cpuTime(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
