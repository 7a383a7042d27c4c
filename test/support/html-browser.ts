import { parse, type DefaultTreeAdapterMap } from 'parse5';

type Node = DefaultTreeAdapterMap['node'];
type Element = DefaultTreeAdapterMap['element'];

/** A browser without scripts: keeps cookies, follows redirects, and sends the forms of the pages it is shown. */
export class HtmlBrowser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly base: string) {}

  get(path: string): Promise<HtmlPage> {
    return this.ask(path, { method: 'GET' });
  }

  cookie(name: string): string | undefined {
    return this.cookies.get(name);
  }

  async ask(path: string, init: RequestInit): Promise<HtmlPage> {
    let [url, request] = [new URL(path, this.base), init];
    for (let hops = 0; hops < 10; hops += 1) {
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const reply = await fetch(url, { ...request, redirect: 'manual', headers: { ...request.headers, cookie } });
      for (const line of reply.headers.getSetCookie()) {
        const [name = '', value = ''] = line.split(';')[0]!.split(/=(.*)/s);
        if (value === '') this.cookies.delete(name);
        else this.cookies.set(name, value);
      }
      const to = reply.headers.get('location');
      if (!to) return new HtmlPage(this, reply.status, url, reply.headers, await reply.text());
      await reply.arrayBuffer();
      [url, request] = [new URL(to, url), { method: 'GET' }];
    }
    throw new Error(`${path} goes round in circles`);
  }
}

/** A page as it came. */
export class HtmlPage {
  private readonly document: Node;

  constructor(
    private readonly browser: HtmlBrowser,
    readonly status: number,
    readonly url: URL,
    readonly headers: Headers,
    readonly html: string,
  ) {
    this.document = parse(html);
  }

  get heading(): string {
    return text(this.all('h1')[0]);
  }

  get text(): string {
    return text(this.all('main')[0]);
  }

  /** The texts of the error summary. */
  get mistakes(): string[] {
    const summary = this.all('ul').find((list) => attribute(list, 'class')?.includes('error-summary__list'));
    return summary ? elements(summary, 'li').map((item) => text(item)) : [];
  }

  link(name: string): string {
    const found = this.all('a').find((link) => text(link).includes(name));
    if (!found) throw new Error(`no link “${name}” on ${this.url.pathname}`);
    return attribute(found, 'href')!;
  }

  all(tag: string): Element[] {
    return elements(this.document, tag);
  }

  has(name: string): boolean {
    return this.all('form').some((form) => new HtmlForm(this.browser, this.url, form).has(name));
  }

  /** The form that has the field or button: `name`, or `name=value`. */
  form(field: string): HtmlForm {
    const forms = this.all('form').map((form) => new HtmlForm(this.browser, this.url, form));
    const found = forms.find((form) => form.has(field));
    if (!found)
      throw new Error(`no form with ${field} on ${this.url.pathname}: ${this.heading} ${this.mistakes.join(' ')}`);
    return found;
  }
}

/** A form as a browser would send it: disabled fields stay behind. */
export class HtmlForm {
  private readonly fields: [string, string][];
  private readonly controls: Element[];

  constructor(
    private readonly browser: HtmlBrowser,
    private readonly page: URL,
    private readonly element: Element,
  ) {
    this.controls = ['input', 'select', 'textarea', 'button'].flatMap((tag) =>
      elements(element, tag, (node) => node.tagName === 'fieldset' && attribute(node, 'disabled') !== undefined),
    );
    this.fields = this.controls.flatMap(given);
  }

  has(field: string): boolean {
    return this.controls.some((control) => {
      const name = attribute(control, 'name');
      return name === field || `${name}=${attribute(control, 'value')}` === field;
    });
  }

  values(name: string): string[] {
    return this.fields.filter(([field]) => field === name).map(([, value]) => value);
  }

  /** Types or chooses; throws where the form has no such field. */
  set(name: string, ...values: string[]): this {
    if (!this.has(name)) throw new Error(`no field ${name} on ${this.page.pathname}`);
    const others = this.fields.filter(([field]) => field !== name);
    this.fields.splice(0, this.fields.length, ...others, ...values.map((value): [string, string] => [name, value]));
    return this;
  }

  /** Presses a button, `name=value`, or the one without a name. */
  send(button?: string): Promise<HtmlPage> {
    const pressed: [string, string][] = button ? [button.split(/=(.*)/s).slice(0, 2) as [string, string]] : [];
    const body = new URLSearchParams([...this.fields, ...pressed]);
    const action = new URL(attribute(this.element, 'action') ?? this.page.href, this.page);
    return this.browser.ask(action.href, { method: 'POST', body });
  }

  /** Presses the button with a file chosen: forms with files go as multipart. */
  sendFile(name: string, file: File): Promise<HtmlPage> {
    const body = new FormData();
    for (const [field, value] of this.fields.filter(([field]) => field !== name)) body.append(field, value);
    body.append(name, file);
    return this.browser.ask(new URL(attribute(this.element, 'action')!, this.page).href, { method: 'POST', body });
  }
}

/** What a control sends as it stands. */
function given(control: Element): [string, string][] {
  const name = attribute(control, 'name');
  const type = attribute(control, 'type');
  if (!name || control.tagName === 'button') return [];
  if (control.tagName === 'textarea') return [[name, text(control, false)]];
  if (control.tagName === 'select') {
    const options = elements(control, 'option');
    const chosen = options.find((option) => attribute(option, 'selected') !== undefined) ?? options[0];
    return chosen ? [[name, attribute(chosen, 'value') ?? '']] : [];
  }
  if ((type === 'radio' || type === 'checkbox') && attribute(control, 'checked') === undefined) return [];
  return [[name, attribute(control, 'value') ?? '']];
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}

function elements(node: Node, tag: string, leaveOut: (element: Element) => boolean = () => false): Element[] {
  if (!('childNodes' in node)) return [];
  return node.childNodes.flatMap((child) => {
    if (!('tagName' in child) || leaveOut(child)) return [];
    return [...(child.tagName === tag ? [child] : []), ...elements(child, tag, leaveOut)];
  });
}

export function text(node: Node | undefined, trimmed = true): string {
  if (!node) return '';
  const inner =
    'value' in node
      ? node.value
      : 'childNodes' in node
        ? node.childNodes.map((child) => text(child, false)).join('')
        : '';
  return trimmed ? inner.replace(/\s+/g, ' ').trim() : inner;
}
