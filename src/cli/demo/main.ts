import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { loadConfig, type Config } from '../../config.js';
import { Councils } from '../../council/councils.js';
import { projectRoot } from '../../core/project-root.js';
import { developmentToken } from '../../staff/development-token.js';
import { Api } from './api.js';
import { Checks, Difference } from './checks.js';
import { Journey } from './journey.js';

/** The form of each council that the demo fills in; a council it does not know shows its first. */
const shown: Record<string, string> = {
  sefton: 'social-care-referral',
  worcestershire: 'childrens-social-care',
  lancashire: 'request-for-support',
};

const config = loadConfig(process.env);
const base = `http://127.0.0.1:${config.port}`;
const checks = new Checks();
const server = (await isUp()) ? undefined : await startServer();
try {
  await playAll(config);
  console.log(`\ndemo: ${checks.passed} checks passed, 0 failed`);
} catch (error) {
  console.error(error instanceof Difference ? `\nDIFFERENCE  ${error.message}` : error);
  console.log(`\ndemo: ${checks.passed} checks passed, 1 failed`);
  process.exitCode = 1;
} finally {
  server?.kill('SIGTERM');
}

async function playAll(settings: Config): Promise<void> {
  const councils = Councils.load(settings.councilsDir).all();
  const staff = async (role: string, council: string) => {
    const names: Record<string, string> = { worker: 'Jacqui Fiefield', auditor: 'Audrey Auditor' };
    return developmentToken(settings, { sub: `demo-${role}`, name: names[role]!, role, council });
  };
  for (const [place, council] of councils.entries()) {
    const visitor = new Api(base, council.id);
    const other = councils[(place + 1) % councils.length]!.id;
    await new Journey({
      council,
      form: council.form(shown[council.id] ?? council.formGroups[0]!.forms[0]!.id)!,
      checks,
      visitor,
      worker: visitor.as(await staff('worker', council.id)),
      auditor: visitor.as(await staff('auditor', council.id)),
      stranger: new Api(base, other, await staff('worker', other)),
    }).play();
  }
}

async function isUp(): Promise<boolean> {
  return fetch(`${base}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function startServer(): Promise<ChildProcess> {
  console.log(`Nothing answers at ${base}: starting Frontdoor for the demo.`);
  const main = join(projectRoot, 'dist/src/main.js');
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null) break;
    if (await isUp()) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  throw new Error('Frontdoor did not come up within thirty seconds.');
}
