import { parseArgs } from 'node:util';
import { loadConfig } from '../config.js';
import { developmentToken } from '../staff/development-token.js';
import { staffRoles } from '../staff/staff-claims.js';

/** Prints a staff token of this installation, and nothing else: `npm run -s token -- --council ID --role ROLE`. */
const { values } = parseArgs({
  options: {
    council: { type: 'string' },
    role: { type: 'string' },
    name: { type: 'string' },
    sub: { type: 'string' },
  },
});
const role = values.role?.toLowerCase().replace('-', '_');
const roles = staffRoles.map((known) => known.toLowerCase());
if (!values.council || !role || !roles.includes(role)) {
  process.stderr.write(`Usage: npm run -s token -- --council ID --role ${roles.join('|')} [--name NAME] [--sub ID]\n`);
  process.exit(2);
}
const config = loadConfig(process.env);
if (config.production || config.staff.jwksUrl) {
  process.stderr.write("Here staff tokens come from the council's identity provider (STAFF_JWKS_URL).\n");
  process.exit(2);
}
const name =
  values.name ??
  { worker: 'Wendy Worker', auditor: 'Audrey Auditor', service: 'Case management' }[role] ??
  'Rory Records';
process.stdout.write(
  await developmentToken(config, { sub: values.sub ?? `${role}-1`, name, role, council: values.council }),
);
