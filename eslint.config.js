import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist', 'var', 'node_modules', 'coverage', '**/*.generated.ts'] },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'off', // Nest reads the types of constructor parameters at run time
      '@typescript-eslint/require-await': 'off', // ports are asynchronous, even where one answer is at hand
      '@typescript-eslint/no-floating-promises': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    // Programs for a terminal speak through console; the tests' JSON replies have no static type.
    files: ['src/cli/**/*.ts', 'test/**/*.ts', 'src/embedded/**/main.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    // What browsers run as it stands.
    files: ['deploy/examples/*/assets/*.js', 'src/console/assets/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['document', 'window', 'FormData', 'crypto', 'TextEncoder', 'btoa'].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    // What mongosh runs.
    files: ['deploy/docker/mongo-*.js'],
    languageOptions: { globals: { rs: 'readonly', db: 'readonly', sleep: 'readonly' } },
  },
  { files: ['*.js', '*.cjs'], languageOptions: { globals: { process: 'readonly', module: 'readonly' } } },
);
