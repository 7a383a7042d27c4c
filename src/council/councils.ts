import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { compileForm } from './compile-form.js';
import type { Council, CouncilSource } from './council.js';
import { duplicates, formMistakes } from './form-rules.js';
import type { Form, FormSource, FormSummary } from './form.js';
import { readSchema, readYaml, type Mistake, type YamlFile } from './yaml-file.js';

const FORM_FILE = /^([a-z0-9-]+)\.v([1-9][0-9]*)\.yaml$/;

interface CouncilFiles {
  file: YamlFile<CouncilSource>;
  source: CouncilSource;
  forms: Map<string, Map<number, Form>>;
}

/** The councils of a folder: `<id>/council.yaml` and `<id>/forms/<formId>.v<version>.yaml`. */
export class Councils {
  private readonly hosts: Map<string, Council>;

  private constructor(private readonly councils: Map<string, Council>) {
    this.hosts = new Map(this.all().flatMap((council) => council.hosts.map((host) => [host, council])));
  }

  /** Throws one Error whose message has a line for every mistake in the folder. */
  static load(dir: string): Councils {
    const { councils, mistakes } = Councils.read(dir);
    if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
    return councils;
  }

  /** What a folder holds, and a line `file:line: key – message` for every mistake in it: with any, it is of no use. */
  static read(dir: string): { councils: Councils; mistakes: string[] } {
    const { councils, mistakes } = read(dir);
    const byId = new Map(councils.map((council) => [council.id, council]));
    return { councils: new Councils(byId), mistakes: mistakes.map(mistakeLine) };
  }

  byId(id: string): Council | undefined {
    return this.councils.get(id);
  }

  /** By the Host header of a request, which may have a port. */
  byHost(host: string): Council | undefined {
    return this.hosts.get(
      host
        .toLowerCase()
        .replace(/:[0-9]*$/, '')
        .replace(/\.$/, ''),
    );
  }

  all(): Council[] {
    return [...this.councils.values()];
  }
}

function mistakeLine({ file, line, key, message }: Mistake): string {
  return `${file}:${line}: ${key} – ${message}`;
}

function read(dir: string): { councils: Council[]; mistakes: Mistake[] } {
  const missing = ['council.schema.json', 'form.schema.json'].filter((name) => !existsSync(join(dir, name)));
  if (missing.length > 0)
    return { councils: [], mistakes: missing.map((name) => fileMistake(join(dir, name), 'is missing')) };
  const schemas = {
    council: readSchema(join(dir, 'council.schema.json')),
    form: readSchema(join(dir, 'form.schema.json')),
  };
  const mistakes: Mistake[] = [];
  const folders = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (folders.length === 0) mistakes.push(fileMistake(dir, 'has no council'));
  const found = folders
    .map((folder) => folder.name)
    .sort()
    .flatMap((id) => readCouncil(join(dir, id), id, schemas, mistakes) ?? []);
  mistakes.push(...sharedHosts(found));
  return { councils: found.map(assemble), mistakes };
}

function readCouncil(
  dir: string,
  id: string,
  schemas: { council: ValidateFunction; form: ValidateFunction },
  mistakes: Mistake[],
): CouncilFiles | null {
  const forms = readForms(join(dir, 'forms'), schemas.form, mistakes);
  const path = join(dir, 'council.yaml');
  if (!existsSync(path)) {
    mistakes.push(fileMistake(path, 'is missing'));
    return null;
  }
  const file = readYaml<CouncilSource>(path, schemas.council);
  mistakes.push(...file.mistakes);
  const source = file.content;
  if (source === null) return null;
  if (source.id !== id) mistakes.push(file.mistake(['id'], `is “${source.id}”, and the folder is named “${id}”`));
  for (const key of ['informationReasons', 'outcomes'] as const) {
    for (const [index, code] of duplicates(source[key].map((choice) => ({ id: choice.code })))) {
      mistakes.push(file.mistake([key, index, 'code'], `is used twice: “${code}”`));
    }
  }
  for (const [index, group] of duplicates(source.formGroups)) {
    mistakes.push(file.mistake(['formGroups', index, 'id'], `is used twice: “${group}”`));
  }
  source.formGroups.forEach((group, index) => {
    group.forms.forEach((form, position) => {
      const at = ['formGroups', index, 'forms', position];
      if (!forms.has(form)) mistakes.push(file.mistake(at, `names a form that is not in forms/: “${form}”`));
    });
  });
  return { file, source, forms };
}

/** By id and version. A file with a mistake in it keeps its place, so that the mistake is not told twice. */
function readForms(dir: string, schema: ValidateFunction, mistakes: Mistake[]): Map<string, Map<number, Form>> {
  const forms = new Map<string, Map<number, Form>>();
  const read: ReadForm[] = [];
  for (const name of existsSync(dir) ? readdirSync(dir).sort() : []) {
    const path = join(dir, name);
    const [, id, digits] = FORM_FILE.exec(name) ?? [];
    if (id === undefined || digits === undefined) {
      mistakes.push(fileMistake(path, 'is not named <formId>.v<version>.yaml'));
      continue;
    }
    const version = Number(digits);
    const file = readYaml<FormSource>(path, schema);
    const faults = file.content === null ? file.mistakes : formMistakes(file, file.content, { id, version });
    mistakes.push(...faults);
    const versions = forms.get(id) ?? new Map<number, Form>();
    forms.set(id, versions);
    if (file.content !== null && faults.length === 0) versions.set(version, compileForm(file.content));
    read.push({ id, version, file });
  }
  mistakes.push(...read.flatMap((form) => retirementMistakes(form, read)));
  return forms;
}

interface ReadForm {
  id: string;
  version: number;
  file: YamlFile<FormSource>;
}

/** Every version but the newest says since when another is offered in its place. */
function retirementMistakes({ id, version, file }: ReadForm, all: readonly ReadForm[]): Mistake[] {
  if (file.content === null) return [];
  const { retiredOn } = file.content;
  const newest = Math.max(...all.filter((form) => form.id === id).map((form) => form.version));
  if (version < newest && !retiredOn) {
    return [file.mistake(['retiredOn'], `is missing: version ${newest} replaces this one; say from which day on`)];
  }
  if (version === newest && retiredOn) {
    const message = 'is for versions that a newer one replaces; to withdraw a form, take it out of formGroups';
    return [file.mistake(['retiredOn'], message)];
  }
  return [];
}

function sharedHosts(found: CouncilFiles[]): Mistake[] {
  const owners = new Map<string, string>();
  return found.flatMap(({ file, source }) =>
    source.hosts.flatMap((host, index): Mistake[] => {
      const owner = owners.get(host);
      if (owner === undefined) owners.set(host, source.id);
      return owner === undefined ? [] : [file.mistake(['hosts', index], `is already a host of ${owner}: “${host}”`)];
    }),
  );
}

function assemble({ source, forms }: CouncilFiles): Council {
  const newest = new Map(
    [...forms].flatMap(([id, versions]): [string, Form][] => {
      const form = versions.get(Math.max(...versions.keys()));
      return form ? [[id, form]] : [];
    }),
  );
  return {
    ...source,
    retentionDays: source.retentionDays ?? null,
    terms: source.terms ?? null,
    mail: { ...source.mail, replyTo: source.mail.replyTo ?? null },
    integration: { full: false, receiptHours: 24, ...source.integration },
    staff: source.staff
      ? { jwksUrl: null, roleClaim: 'role', roles: null, nameClaim: 'name', requires: {}, ...source.staff }
      : null,
    formGroups: source.formGroups.map((group) => ({
      ...group,
      forms: group.forms.flatMap((id) => summaryOf(newest.get(id))),
    })),
    formIds: [...newest.keys()],
    form: (id, version) => (version === undefined ? newest.get(id) : forms.get(id)?.get(version)),
  };
}

function summaryOf(form: Form | undefined): FormSummary[] {
  if (!form) return [];
  const { id, version, title, description, notice } = form;
  return [{ id, version, title, description, notice }];
}

function fileMistake(file: string, message: string): Mistake {
  return { file, line: 1, key: '(file)', message };
}
