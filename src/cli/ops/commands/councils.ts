import type { Command } from 'commander';
import { Councils } from '../../../council/councils.js';
import { compileValidators } from '../../../council/validators.js';
import { formText } from '../../../council/form-text.js';
import { answer } from '../output.js';
import { Refused } from '../refused.js';

const DEFAULT_DIR = 'deploy/councils';
/** As the service would read them; shown as it is written, so that mistakes are named by short paths. */
const ownDir = () => process.env.COUNCILS_DIR || DEFAULT_DIR;

/** The councils and their forms, as they lie in a folder: for whoever writes them. Needs no service. */
export function councilsCommands(program: Command): void {
  const councils = program.command('councils').description('the councils of a folder and their settings');
  councils
    .command('list')
    .description('each council: its hosts, its forms, what it asks for')
    .option('--dir <dir>', `a folder of councils, in place of COUNCILS_DIR (${DEFAULT_DIR})`)
    .action(({ dir }: { dir?: string }, command: Command) => {
      const all = loaded(dir).all().map(summary);
      answer(command, all, all.map(summaryText).join('\n'));
    });
  addCheck(councils);
  const forms = program.command('forms').description('the forms of the councils');
  addCheck(forms);
  forms
    .command('preview <form>')
    .description('prints a form as text')
    .option('--council <id>', "this council's, where several have one of this name")
    .option('--dir <dir>', `a folder of councils, in place of COUNCILS_DIR (${DEFAULT_DIR})`)
    .action((formId: string, { council, dir }: { council?: string; dir?: string }, command: Command) => {
      const candidates = loaded(dir).all();
      const asked = candidates.filter(({ id }) => council === undefined || id === council);
      const form = asked.map((one) => one.form(formId)).find((found) => found !== undefined);
      if (!form) {
        const whose = council === undefined ? 'No council' : `No council “${council}”`;
        const known = asked.flatMap(({ id, formIds }) => formIds.map((one) => `${one} (${id})`));
        throw new Refused(`${whose} has a form “${formId}”. There are: ${known.join(', ') || 'none'}.`);
      }
      answer(command, form.definition, formText(form.definition));
    });
}

function addCheck(group: Command): void {
  group
    .command('check [dir]')
    .description('reads a folder of councils and forms as the service does at boot; fails, naming every mistake')
    .action((dir: string | undefined, _options: object, command: Command) => {
      const { councils, mistakes } = Councils.read(dir ?? ownDir());
      const isSound = mistakes.length === 0;
      if (isSound) compileValidators();
      const sound = isSound ? councils.all().map(summary) : [];
      const lines = sound.map(({ id, name, forms }) => `${id} (${name}): ${forms.join(', ')}`);
      answer(
        command,
        { councils: sound, mistakes },
        [...(sound.length ? ['No mistakes.'] : mistakes), ...lines].join('\n'),
      );
      if (!isSound) process.exitCode = 1;
    });
}

function loaded(dir = ownDir()): Councils {
  const { councils, mistakes } = Councils.read(dir);
  if (mistakes.length > 0) throw new Refused(mistakes.join('\n'));
  return councils;
}

function summary(council: ReturnType<Councils['all']>[number]) {
  const { id, name, hosts, captcha, savedFormDays, inactivityMinutes, retentionDays, formGroups } = council;
  const forms = formGroups.flatMap((group) => group.forms.map((form) => `${form.id} v${form.version}`));
  return { id, name, hosts, captcha, savedFormDays, inactivityMinutes, retentionDays, forms };
}

function summaryText({ id, name, hosts, captcha, forms, ...numbers }: ReturnType<typeof summary>): string {
  const { savedFormDays, inactivityMinutes, retentionDays } = numbers;
  const asked = Object.entries(captcha).flatMap(([where, isAsked]) => (isAsked ? [where] : []));
  return [
    `${id} (${name})`,
    `  hosts      ${hosts.join(', ')}`,
    `  forms      ${forms.join(', ')}`,
    `  captcha    ${asked.join(', ') || 'none'}`,
    `  sessions   end after ${inactivityMinutes} minutes without activity`,
    `  kept       saved forms ${savedFormDays} days, referrals ${retentionDays === null ? 'for ever' : `${retentionDays} days`}`,
  ].join('\n');
}
