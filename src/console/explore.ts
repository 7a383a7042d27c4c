import { graphiqlIsHere } from './assets.js';
import type { Routes } from './console.js';
import { CONTENT_SECURITY_POLICY } from './page.js';
import { ApiProblem, type Visit } from './visit.js';
import { readyMade } from './ready-made.js';

/** Operations tried by hand: in GraphiQL where it is installed, and on a plain page everywhere. */
export function exploreRoutes(routes: Routes): void {
  routes.get('/explorer', async (visit) => {
    const chosen = readyMade.find(({ id }) => id === visit.query('operation')) ?? readyMade[0]!;
    return explorer(visit, { query: chosen.query, variables: JSON.stringify(chosen.variables, null, 2) });
  });

  routes.post('/explorer', async (visit) => {
    const [query, variables] = [visit.field('query') ?? '', visit.field('variables') ?? '{}'];
    return explorer(visit, { query, variables, answer: await answerTo(visit, query, variables) });
  });

  routes.get('/graphiql', async (visit) => {
    if (!graphiqlIsHere) return visit.go('/console/explorer');
    // Its editor puts styles into the page as it runs; scripts stay this server's own.
    const policy = CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");
    void visit.reply.header('content-security-policy', `${policy}; font-src 'self' data:`);
    const { token, council } = visit.staff!;
    const tabs = readyMade.map(({ query, variables }) => ({ query, variables: JSON.stringify(variables, null, 2) }));
    return visit.show('graphiql', 'GraphiQL', { settings: { token, council, tabs } });
  });
}

async function answerTo(visit: Visit, query: string, variables: string): Promise<unknown> {
  try {
    return await visit.ask(query, JSON.parse(variables) as object);
  } catch (error) {
    if (error instanceof ApiProblem) return { code: error.code, message: error.message };
    if (error instanceof SyntaxError) return { code: 'BAD_INPUT', message: 'The variables are not JSON.' };
    throw error;
  }
}

function explorer(visit: Visit, data: object): string {
  return visit.show('explorer', 'Try an operation', { ...data, readyMade, graphiql: graphiqlIsHere });
}
