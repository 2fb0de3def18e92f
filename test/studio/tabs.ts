/** A tab of a real browser, Chromium or Firefox, with what tests of the studio do in it. */
import { CHROMIUM, launch } from '../browser/chromium.ts';
import { FIREFOX, launchFirefox } from '../browser/firefox.ts';

export interface Tab {
  /** Runs an expression in the page. */
  evaluate(expression: string): Promise<unknown>;
  click(selector: string): Promise<void>;
  readonly mouse: {
    move(x: number, y: number): Promise<void>;
    down(): Promise<void>;
    up(): Promise<void>;
  };
  readonly keyboard: { down(key: 'ArrowRight'): Promise<void>; up(key: 'ArrowRight'): Promise<void> };
  /** Addresses asked for besides the page's own, data: and blob:. */
  readonly requests: readonly string[];
  /** Errors and warnings of the console, and uncaught errors. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

interface Opener {
  readonly name: string;
  readonly missing: boolean;
  readonly open: (url: string) => Promise<Tab>;
}

export const BROWSERS: readonly Opener[] = [
  { name: 'Chromium', missing: CHROMIUM === undefined, open: openChromium },
  { name: 'Firefox', missing: FIREFOX === undefined, open: openFirefox },
];

const WINDOW = { width: 1280, height: 900 };

async function openChromium(url: string): Promise<Tab> {
  const browser = await launch();
  const page = await (await browser.newContext({ viewport: WINDOW })).newPage();
  const [requests, faults] = [new Set<string>(), [] as string[]];
  page.on('request', (request) => requests.add(request.url()));
  page.on('console', (message) => faults.push(...faultOf(message.type(), message.text())));
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(url);
  return {
    ...{ mouse: page.mouse, keyboard: page.keyboard, faults },
    evaluate: (expression) => page.evaluate(expression),
    click: (selector) => page.click(selector),
    get requests() {
      return foreign(requests, url);
    },
    close: () => browser.close(),
  };
}

async function openFirefox(url: string): Promise<Tab> {
  const browser = await launchFirefox();
  const page = await browser.newPage();
  await page.setViewport(WINDOW);
  const [requests, faults] = [new Set<string>(), [] as string[]];
  page.on('request', (request) => requests.add(request.url()));
  page.on('console', (message) => faults.push(...faultOf(message.type(), message.text())));
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(url);
  return {
    ...{ mouse: page.mouse, keyboard: page.keyboard, faults },
    evaluate: (expression) => page.evaluate(expression),
    click: (selector) => page.click(selector),
    get requests() {
      return foreign(requests, url);
    },
    close: () => browser.close(),
  };
}

function faultOf(type: string, text: string): string[] {
  return ['error', 'warning', 'warn'].includes(type) ? [text] : [];
}

function foreign(requests: ReadonlySet<string>, url: string): string[] {
  return [...requests].filter((one) => one !== url.replace(/#.*/, '') && !/^(data|blob):/.test(one));
}
