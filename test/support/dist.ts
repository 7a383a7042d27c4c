import { join, resolve } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';

/** The build that tests run as processes: this checkout's, unless FRONTDOOR_DIST names another. */
export const dist = resolve(process.env.FRONTDOOR_DIST ?? join(projectRoot, 'dist'));
