/** The rooms of the house and the doors between them; see "Layout" in the README. */
const slices = 'account|referral|audit|records';
const services = 'attachment|council|graphql|session|staff';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unknown', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'core-knows-nobody',
      comment: 'The core has no domain words and imports no slice.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^(src/(?!core/)|projections/)' },
    },
    {
      name: 'stand-ins-know-nobody',
      comment:
        'The embedded stores know nothing of the application, and the application reaches them by their protocols.',
      severity: 'error',
      from: { path: '^src/embedded/' },
      to: { path: '^(src/(?!embedded/)|projections/)' },
    },
    {
      name: 'stand-ins-only-by-protocol',
      severity: 'error',
      from: { path: '^(src/(?!embedded/)|projections/)' },
      to: { path: '^src/embedded/', pathNot: '^src/embedded/launch.ts$' },
    },
    {
      name: 'deciders-are-pure',
      comment: 'A decider imports its own facts, its own state and the core.',
      severity: 'error',
      from: {
        path: '^src/([^/]+)/.*(decider|state|view|events)\\.ts$',
        pathNot: '(saved-form|submitted-form)\\.view\\.ts$',
      },
      to: {
        path: '^(src|projections|node_modules)/',
        pathNot: '^src/(core|$1)/.*(?<!resolver|service|reader|controller)\\.ts$',
      },
    },
    {
      name: 'slices-stay-apart',
      comment: 'Slices never import each other; audit and records are about accounts and referrals.',
      severity: 'error',
      from: { path: `^src/(${slices})/` },
      to: { path: `^src/(${slices})/`, pathNot: ['^src/$1/', '^src/referral/', '^src/account/', '^src/audit/'] },
    },
    {
      name: 'account-stays-apart',
      severity: 'error',
      from: { path: '^src/account/' },
      to: { path: '^src/(referral|audit|records)/' },
    },
    { name: 'audit-writes-nothing', severity: 'error', from: { path: '^src/audit/' }, to: { path: '^src/records/' } },
    {
      name: 'referral-stays-apart',
      severity: 'error',
      from: { path: '^src/referral/' },
      to: { path: '^src/(account|audit|records)/' },
    },
    {
      name: 'services-know-no-slice',
      severity: 'error',
      from: { path: `^src/(${services})/` },
      to: { path: `^src/(${slices})/` },
    },
    {
      name: 'read-side-knows-facts-only',
      comment: 'Projections follow facts: never a resolver, a service or a decider.',
      severity: 'error',
      from: { path: '^projections/(?!(run|main|inside|thread)\\.ts$)' },
      to: {
        path: '^src/',
        pathNot: [
          '^src/core/',
          '^src/council/',
          '\\.events\\.ts$',
          '^src/referral/referral-status\\.ts$',
          '^src/attachment/file-store\\.ts$',
        ],
      },
    },
    {
      name: 'console-asks-the-api',
      comment: 'The console reaches everything by the public API; it shares the settings and the staff’s sign-in.',
      severity: 'error',
      from: { path: '^src/console/' },
      to: {
        path: '^(src|projections|deploy)/',
        pathNot: [
          '^src/console/',
          '^src/core/(problem|project-root|secrets)\\.ts$',
          '^src/config\\.ts$',
          '^src/staff/(development-token|staff-tokens)\\.ts$',
        ],
      },
    },
    {
      name: 'examples-stand-alone',
      severity: 'error',
      from: { path: '^deploy/examples/([^/]+)/' },
      to: { path: '^(src|projections|deploy)/', pathNot: '^deploy/examples/$1/' },
    },
    { name: 'examples-stay-out', severity: 'error', from: { path: '^(src|projections)/' }, to: { path: '^deploy/' } },
    { name: 'tests-stay-out', severity: 'error', from: { path: '^(src|projections)/' }, to: { path: '^test/' } },
    {
      name: 'declared-only',
      severity: 'error',
      from: { path: '^(src|projections)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // What browsers load by its URL.
    exclude: { path: '/assets/(?!conditions)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['import', 'require', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
