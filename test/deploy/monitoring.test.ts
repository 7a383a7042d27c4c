import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { filledForm, registered, submitForm } from '../support/people.js';
import { documents, filesIn, isThere, programs, read } from './files.js';
import type { Anything } from '../support/anything.js';

const alerts: { alert: string; expr: string; annotations: { recipe: string } }[] = documents(
  'deploy/prometheus/alerts.yaml',
)[0].groups[0].rules;
const dashboards = filesIn('deploy/grafana/dashboards', '.json').map((file) => JSON.parse(read(file)));
const expressions: string[] = [
  ...alerts.map(({ expr }) => expr),
  ...dashboards.flatMap(({ panels }) =>
    panels.flatMap(({ targets }: Anything) => targets.map(({ expr }: Anything) => expr)),
  ),
];
let frontdoor: TimedFrontdoor;
let scraped: string;

beforeAll(async () => {
  frontdoor = await startTimedFrontdoor();
  const { api } = await registered(frontdoor.visitor('lancashire'));
  await submitForm(api, await filledForm(api, 'request-for-support'));
  scraped = await (await fetch(`${api.base}/metrics`)).text();
});
afterAll(() => frontdoor.stop());

test('every metric that an alert or a dashboard looks at is there when a server is scraped', () => {
  const named = new Set(expressions.flatMap((expr) => expr.match(/\b(frontdoor|nodejs|process)_[a-z0-9_]+/g) ?? []));
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((name) => !new RegExp(`^${name}[{ ]`, 'm').test(scraped))).toEqual([]);
});

test('every label that they choose by is one of the metric', () => {
  const chosen = expressions.flatMap((expr) => [...expr.matchAll(/(frontdoor_\w+)\{([^}]*)\}/g)]);
  for (const [, metric, selector] of chosen) {
    const line = new RegExp(`^${metric}\\{(.*)\\} `, 'm').exec(scraped)?.[1] ?? '';
    for (const [, label] of selector!.matchAll(/(\w+)[!=]/g))
      expect([metric, line]).toEqual([metric, expect.stringContaining(`${label}="`)]);
  }
});

test('every alert has a recipe that is written', () => {
  const headings = [...read('deploy/operating.md').matchAll(/^### (.+)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replace(/ /g, '-'),
  );
  expect(alerts.filter(({ annotations }) => !headings.includes(annotations.recipe)).map(({ alert }) => alert)).toEqual(
    [],
  );
});

test('every process that is scraped is one that Compose starts, on its metrics port', () => {
  const { services } = documents('docker-compose.yml')[0];
  const [{ scrape_configs: jobs }] = documents('deploy/prometheus/prometheus.yaml');
  const targets: string[] = jobs[0].static_configs.flatMap((group: Anything) => group.targets);
  const ours = Object.keys(services).filter((name) => services[name].image === 'frontdoor:local');
  expect(targets).toEqual(ours.map((name) => `${name}:${services[name].environment.METRICS_PORT}`));
});

test('the pictures in the documents name modules that there are', () => {
  const pictures = ['README.md', 'CONTRIBUTING.md', 'deploy/operating.md'].flatMap((file) =>
    [...read(file).matchAll(/```mermaid\n([\s\S]*?)```/g)].map(([, picture]) => picture!),
  );
  const sources = [...filesIn('src', '.ts'), ...filesIn('projections', '.ts')];
  const named = pictures.flatMap((picture) => picture.match(/[\w./-]+\.ts\b/g) ?? []);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !sources.some((path) => path === name || path.endsWith(`/${name}`)))).toEqual([]);
  expect(programs().size).toBeGreaterThan(3);
});

test('every file that the documents point to is there', () => {
  for (const [file, folder] of [
    ['CONTRIBUTING.md', '.'],
    ['deploy/operating.md', 'deploy'],
  ] as const) {
    const links = [...read(file).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !/^https?:/.test(path) && !isThere(`${folder}/${path}`))).toEqual([]);
  }
});
