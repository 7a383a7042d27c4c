import type { Routes } from './console.js';
import { choosesToken, chosenToken, keepToken } from './staff-sign-in.js';
import type { Visit } from './visit.js';

const ROLES = ['worker', 'auditor', 'records_officer'];

/** Who looks: in development whoever one chooses to be, elsewhere whom the council's identity provider says. */
export function signInRoutes(routes: Routes): void {
  routes.get('', async (visit) => visit.go(startOf(visit)));

  routes.open.get('/sign-in', async (visit) => signInPage(visit));

  routes.open.post('/sign-in', async (visit) => {
    const { config, councils } = visit.services;
    let token = visit.field('token');
    if (choosesToken(config)) {
      const [council, role] = [visit.field('council') ?? '', visit.field('role') ?? ''];
      const known = councils.some(({ id }) => id === council) && ROLES.includes(role);
      token = known ? await chosenToken(config, council, role) : null;
    }
    // A JWT needs no quoting in a cookie; whether it is a good one shows on the next page.
    if (!token || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return signInPage(visit, ['Give a staff token.']);
    keepToken(visit.reply, config, token);
    return visit.go('/console');
  });

  routes.post('/sign-out', async (visit) => {
    keepToken(visit.reply, visit.services.config, '');
    return visit.go('/console/sign-in');
  });
}

/** Where each role begins. */
function startOf({ staff }: Visit): string {
  if (staff?.role === 'WORKER' || staff?.role === 'SERVICE') return '/console/inbox';
  return staff?.role === 'AUDITOR' ? '/console/audit' : '/console/followers';
}

function signInPage(visit: Visit, mistakes: string[] = []): string {
  const { config, councils } = visit.services;
  const data = { choose: choosesToken(config), councils, roles: ROLES, ended: visit.query('why') === 'ended' };
  return visit.show('sign-in', 'Staff sign-in', data, mistakes);
}
