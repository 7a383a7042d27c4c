/**
 * Runs what a program begins with. One that fails says why in plain words: configuration, councils, a folder in use, a
 * port that is taken, a store that does not answer.
 */
export async function boot(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(`Frontdoor did not start. ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
