import type { Logger } from './logger.js';

/**
 * Puts what libraries and Node itself would print under the logger's rules: the console, warnings, and the error that
 * ends the process. Their messages may quote data; a stack of them would.
 */
export function holdOutput(logger: Logger): void {
  Object.assign(console, logger.forLibrary('console'), { trace: () => undefined });
  process.removeAllListeners('warning');
  process.on('warning', (error) => logger.info('Node warns', { error }));
  process.on('uncaughtException', (error) => {
    logger.error('the process ends: nobody caught an error', { error });
    process.exit(1);
  });
}
