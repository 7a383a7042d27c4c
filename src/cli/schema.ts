import { schemaText } from '../graphql/graphql.module.js';

/** Prints the served schema: `npm run -s schema`. */
process.stdout.write(schemaText);
