/**
 * Headless Chromium for tests of pages: the system's own, started by playwright-core, which downloads nothing. Tests skip
 * themselves where `CHROMIUM` is undefined: `describe.skipIf(CHROMIUM === undefined)('... (needs Chromium)', ...)`.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Chromium's path: MADDPG_TEST_CHROMIUM, or the first on the PATH; undefined if there is none. */
export const CHROMIUM: string | undefined = process.env['MADDPG_TEST_CHROMIUM'] ?? onThePath();

export interface PageOptions {
  /** Of the window, in CSS pixels. */
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly reducedMotion?: 'reduce' | 'no-preference';
}

/** An open page and what it did that it should not. */
export interface WatchedPage {
  readonly page: Page;
  /** Addresses asked for besides the page's own, `data:` and `blob:`. */
  readonly requests: readonly string[];
  /** Errors and warnings of the console, and uncaught errors. */
  readonly faults: readonly string[];
}

/** Starts Chromium; call close() when done. */
export function launch(): Promise<Browser> {
  // Without a sandbox, as containers have no namespaces for it.
  return chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', '--disable-gpu'] });
}

/** Opens `url` in a context of its own. */
export async function open(
  browser: Browser,
  url: string,
  { width = 1280, height = 800, colorScheme = 'light', reducedMotion = 'no-preference' }: PageOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion });
  const page = await context.newPage();
  const requests: string[] = [];
  const faults: string[] = [];
  page.on('request', (request) => {
    if (request.url() !== url && !/^(data|blob):/.test(request.url())) requests.push(request.url());
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(url);
  return { page, requests, faults };
}

function onThePath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
