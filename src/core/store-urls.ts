/** A connection option that contradicts what the product relies on, and what it must be instead. */
interface Rule {
  option: string;
  /** The only value allowed; undefined where the option must be left out. */
  only?: string;
}

/**
 * The vault and the read models are written and read by majority, from the primary, and writes are retried: a number
 * given to a referrer must not be lost with one server.
 */
const MONGO_RULES: readonly Rule[] = [
  { option: 'w', only: 'majority' },
  { option: 'journal', only: 'true' },
  { option: 'j', only: 'true' },
  { option: 'fsync', only: 'true' },
  { option: 'readPreference', only: 'primary' },
  { option: 'readPreferenceTags' },
  { option: 'maxStalenessSeconds' },
  { option: 'readConcernLevel', only: 'majority' },
  { option: 'retryWrites', only: 'true' },
];

/** Decisions are taken on what the leader says, and an append that was refused must be an error. */
const EVENT_STORE_RULES: readonly Rule[] = [
  { option: 'nodePreference', only: 'leader' },
  { option: 'throwOnAppendFailure', only: 'true' },
];

/** The mistake in a MongoDB connection string; undefined where it contradicts nothing. Never repeats the URL. */
export function mongoUrlMistake(url: string): string | undefined {
  return mistakeIn(optionsOf(url), MONGO_RULES);
}

/** Likewise of an EventStoreDB connection string. */
export function eventStoreUrlMistake(url: string): string | undefined {
  return mistakeIn(optionsOf(url), EVENT_STORE_RULES);
}

/** A connection string whose client asks the leader of a cluster: without the option it asks any node. */
export function askingTheLeader(url: string): string {
  if (optionsOf(url).some(({ name }) => isNamed(name, 'nodePreference'))) return url;
  if (url.includes('?')) return `${url}&nodePreference=leader`;
  // The client takes a slash for a part of the last host's name where that host has no port.
  return `${url.trim().replace(/\/+$/, '')}?nodePreference=leader`;
}

function mistakeIn(given: readonly { name: string; value: string }[], rules: readonly Rule[]): string | undefined {
  for (const { name, value } of given) {
    const rule = rules.find(({ option }) => isNamed(name, option));
    if (!rule || (rule.only !== undefined && value.toLowerCase() === rule.only)) continue;
    const instead = rule.only === undefined ? 'must be left out' : `must be ${rule.only}, or left out`;
    return `names an option that the product cannot work with: ${rule.option} ${instead}`;
  }
  return undefined;
}

/** Both clients read option names without regard to case; EventStoreDB's without dashes and underscores too. */
function isNamed(name: string, option: string): boolean {
  return name.trim().toLowerCase().replace(/[_-]/g, '') === option.toLowerCase();
}

/** Not by URL: a connection string names several hosts. */
function optionsOf(url: string): { name: string; value: string }[] {
  const query = url.slice(url.indexOf('?') + 1 || url.length);
  return [...new URLSearchParams(query)].map(([name, value]) => ({ name, value: value.trim() }));
}
