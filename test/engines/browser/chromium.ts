import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe, { type AxeResults, type Result } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { need } from '../tools.js';

const PROGRAM = '/usr/bin/chromium';
/** What WCAG 2.2 asks at levels A and AA, and what axe holds to be good practice beside it. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** So wide is a window, and so narrow a page must still fit without scrolling sideways (WCAG 2.2, 1.4.10), in pixels. */
const WINDOW = { width: 1100, height: 900 };
const NARROW = { width: 320, height: 900 };

/** Debian's Chromium without a window; throws Unavailable where it cannot be had. */
export async function startChromium(): Promise<Browser> {
  await need(['chromium'], ['chromium']);
  return chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox', '--headless'] });
}

/** One person's window: every page it comes to is looked at by axe, and nothing may be blocked or fail on it. */
export class Window {
  /** Paths of the pages that axe looked at, without ids and references. */
  readonly looked = new Set<string>();
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly name: string,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`${page.url()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`${page.url()}: ${error.message}`));
  }

  static async open(browser: Browser, name: string): Promise<Window> {
    const context = await browser.newContext({ viewport: WINDOW });
    context.setDefaultTimeout(20_000);
    return new Window(await context.newPage(), name);
  }

  /** Holds the page that is shown to the rules; a picture of it goes to the folder SCREENSHOTS, where one is named. */
  async look(): Promise<void> {
    const what = new URL(this.page.url()).pathname.replace(/[0-9a-f-]{36}|[A-Z0-9]{5}-[A-Z0-9]{4}-[A-Z0-9]{6}/g, '…');
    if (process.env.SCREENSHOTS) {
      mkdirSync(process.env.SCREENSHOTS, { recursive: true });
      const file = `${this.name}-${String(this.looked.size).padStart(2, '0')}${what.replaceAll('/', '_')}.png`;
      await this.page.screenshot({ path: join(process.env.SCREENSHOTS, file), fullPage: true });
    }
    this.looked.add(what);
    // Evaluated by the browser's own tools, so that the page's policy stays in force.
    await this.page.evaluate(axe.source);
    const options = JSON.stringify({ runOnly: RULES });
    const { violations } = await this.page.evaluate<AxeResults>(`axe.run(document, ${options})`);
    this.complaints.push(...violations.map((violation) => `${what}: ${told(violation)}`));
    await this.page.setViewportSize(NARROW);
    const width = await this.page.evaluate<number>('document.documentElement.scrollWidth');
    if (width > NARROW.width) this.complaints.push(`${what}: ${width} pixels wide where there are ${NARROW.width}`);
    await this.page.setViewportSize(WINDOW);
  }

  /** Goes to a page and looks at it. */
  async go(url: string): Promise<void> {
    await this.page.goto(url);
    await this.look();
  }

  /** Presses a button or a link, and looks at the page it leads to. */
  async press(name: string | RegExp, role: 'button' | 'link' = 'button'): Promise<void> {
    const before = this.page.waitForNavigation({ waitUntil: 'load' });
    await this.page
      .getByRole(role, { name, exact: typeof name === 'string' })
      .first()
      .click();
    await before;
    await this.look();
  }

  async heading(): Promise<string> {
    return (await this.page.locator('h1').first().innerText()).trim();
  }
}

function told({ id, help, nodes }: Result): string {
  return `${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`;
}
