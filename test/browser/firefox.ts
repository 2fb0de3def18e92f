/**
 * Headless Firefox for tests of pages: the system's own, by WebDriver BiDi, which puppeteer-core speaks without a patched
 * build. Tests skip themselves where `FIREFOX` is undefined.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';

const NAMES = ['firefox-esr', 'firefox'];

/** Firefox's path: MADDPG_TEST_FIREFOX, or the first on the PATH; undefined if there is none. */
export const FIREFOX: string | undefined = process.env['MADDPG_TEST_FIREFOX'] ?? onThePath();

/** Starts Firefox; call close() when done. */
export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX!,
    headless: true,
    protocolTimeout: 0,
  });
}

function onThePath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
