/**
 * For whoever writes a council's forms:
 *   forms check DIR                          reads a folder of councils as the server does at boot; exit 1 on a mistake
 *   forms preview FORM [--council ID] [--dir DIR]   prints a form as text
 * DIR is deploy/councils unless given.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { formText } from '../council/form-text.js';
import { Councils } from '../council/councils.js';

const USAGE = 'Usage: forms check [DIR] | forms preview FORM [--council ID] [--dir DIR]';
const DEFAULT_DIR = 'deploy/councils';

/** What to print, and the exit code: 0, 1 for mistakes found, 2 for a command that is none. */
export function runForms(args: string[]): { output: string; exitCode: number } {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { council: { type: 'string' }, dir: { type: 'string', default: DEFAULT_DIR } },
    });
    const [command, subject] = positionals;
    if (command === 'check') return { output: checked(Councils.load(subject ?? values.dir)), exitCode: 0 };
    if (command === 'preview' && subject !== undefined)
      return preview(Councils.load(values.dir), subject, values.council);
    return { output: USAGE, exitCode: 2 };
  } catch (error) {
    return { output: error instanceof Error ? error.message : String(error), exitCode: 1 };
  }
}

function checked(councils: Councils): string {
  const lines = councils.all().map(({ id, name, formGroups }) => {
    const forms = formGroups.flatMap((group) => group.forms.map((form) => `${form.id} v${form.version}`));
    return `${id} (${name}): ${forms.join(', ')}`;
  });
  return ['No mistakes.', ...lines].join('\n');
}

function preview(
  councils: Councils,
  formId: string,
  councilId: string | undefined,
): { output: string; exitCode: number } {
  const candidates = councils.all().filter((council) => councilId === undefined || council.id === councilId);
  const form = candidates.map((council) => council.form(formId)).find((found) => found !== undefined);
  if (!form) return { output: `No council${councilId ? ` “${councilId}”` : ''} has a form “${formId}”.`, exitCode: 1 };
  return { output: formText(form.definition), exitCode: 0 };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { output, exitCode } = runForms(process.argv.slice(2));
  console.log(output);
  process.exitCode = exitCode;
}
