/** The page of a report in a real browser: its numbers, keyboard, requests and errors. */
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { precise } from '../../src/report/axis.ts';
import { playerParts } from '../../src/player/page.ts';
import { shapesOf } from '../../src/player/recording.ts';
import { environmentOf } from '../../src/report/groups.ts';
import { reportPage, type PageOptions as ReportOptions } from '../../src/report/page.ts';
import { readRuns, stampOf } from '../../src/report/read-runs.ts';
import type { RunPlayer } from '../../src/report/players.ts';
import type { ReportData, Run } from '../../src/report/run.ts';
import { LIVE_SCRIPT, newsOf, watch, type Watching } from '../../src/report/watch.ts';
import { CHROMIUM, launch, open, type PageOptions, type WatchedPage } from '../browser/chromium.ts';
import { recorded } from '../player/recorded.ts';
import { runOf, temporaryFolder, writeRun } from './runs.ts';

const folder = temporaryFolder();
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A curve that no other run has. */
const returns = (seed: number): number[] =>
  Array.from({ length: 40 }, (_, k) => -25 + 15 * (1 - 1 / (1 + k / 10)) + ((k * 31 + seed * 17) % 13) / 10);

function withMore(run: Run): Run {
  const loss = run.metrics['step']!.map((step) => 1 / step);
  const agent = run.metrics['test/episode_return_mean']!.map((value) => value - 1);
  const metrics = { ...run.metrics, 'learner/loss_critic': loss, 'test/episode_return_mean/agent_0': agent };
  return { ...run, metrics };
}

const runs = [1, 2, 3].flatMap((seed) => [
  withMore(runOf(`maddpg-${seed}`, returns(seed), { seed })),
  withMore(runOf(`matd3 <b>${seed}`, returns(seed + 5), { seed, agent: 'MATD3' })),
]);
const ONE = { '': -25, agent_0: -26 };
const baselines = { [environmentOf(runs[0]!)]: { random: ONE, scripted: { '': -5, agent_0: -6 } } };

function write(name: string, data: ReportData, options: ReportOptions = {}): string {
  const file = join(folder, name);
  writeFileSync(file, reportPage(data, options));
  return pathToFileURL(file).href;
}

describe.skipIf(CHROMIUM === undefined)('the page of a report (needs Chromium)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  async function ready(url: string, options?: PageOptions): Promise<WatchedPage> {
    const watched = await open(browser, url, options);
    await watched.page.waitForSelector('html[data-ready]');
    return watched;
  }
  const cells = (page: Page, row: string): Promise<string[]> => page.locator(`${row} > *`).allTextContents();

  it('shows the numbers of metrics.jsonl', async () => {
    const dir = writeRun(folder, runs[0]!);
    const { page, requests, faults } = await ready(
      write('one.html', { runs: readRuns([dir]).runs, baselines: {} }),
    );
    await page.click('#numbers summary');
    await page.waitForSelector('#numbers tbody tr');
    const rows = (await page.locator('#numbers tbody tr').allTextContents()).map((text) =>
      text.trim().split(/\s+/),
    );
    const records = readFileSync(join(dir, 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>);
    expect(rows).toEqual(
      records.map((record) => [String(record['step']!), precise(record['test/episode_return_mean']!)]),
    );
    await page.selectOption('#metric', 'learner/loss_critic');
    expect(await cells(page, '#numbers tbody tr:last-child')).toEqual(['4000', precise(1 / 4000)]);
    await page.selectOption('#metric', 'test/episode_return_mean');
    await page.selectOption('#who', 'agent_0');
    expect(await cells(page, '#numbers tbody tr:first-child')).toEqual(['100', precise(returns(1)[0]! - 1)]);
    expect({ requests, faults }).toEqual({ requests: [], faults: [] });
  });

  it('draws a line through every record, where the axes say', async () => {
    const { page } = await ready(write('line.html', { runs: [runs[0]!], baselines: {} }));
    const drawn = await page.locator('#chart path[stroke="var(--c0)"]').getAttribute('d');
    const points = drawn!
      .slice(1)
      .split('L')
      .map((point) => point.split(' ').map(Number));
    expect(points).toHaveLength(40);
    const values = returns(1);
    const [first, last] = [points[0]!, points.at(-1)!];
    for (const [k, [x, y]] of points.entries()) {
      expect(x!).toBeCloseTo(first[0]! + (k / 39) * (last[0]! - first[0]!), 0);
      const share = (values[k]! - values[0]!) / (values.at(-1)! - values[0]!);
      expect(Math.abs(y! - (first[1]! + share * (last[1]! - first[1]!)))).toBeLessThan(0.2);
    }
  });

  it('is used with the keyboard alone', async () => {
    const { page, faults } = await ready(write('all.html', { runs, baselines }));
    await page.focus('#chart .plot');
    await page.keyboard.press('End');
    const said = page.locator('#chart .said');
    const group = (first: number): number =>
      [0, 1, 2].map((k) => returns(first + k)[39]!).reduce((a, b) => a + b) / 3;
    const [maddpg, matd3] = [group(1), group(6)].map(precise);
    await expect.poll(() => said.textContent()).toMatch(/^step 4,000: /);
    expect(await said.textContent()).toContain(`MADDPG ${maddpg!} [`);
    expect(await said.textContent()).toContain(`MATD3 ${matd3!} [`);
    await page.keyboard.press('ArrowLeft');
    expect(await said.textContent()).toMatch(/^step 3,900: /);
    await page.keyboard.press('Home');
    expect(await said.textContent()).toMatch(/^step 100: /);
    const ticks = (): Promise<string> => page.locator('#chart .svg').innerText();
    const before = await ticks();
    await page.keyboard.press('+');
    expect(await ticks()).not.toBe(before);
    expect(await page.isVisible('#unzoom')).toBe(true);
    await page.keyboard.press('Escape');
    expect(await ticks()).toBe(before);
    await page.focus('#legend button');
    await page.keyboard.press('Enter');
    expect(await page.getAttribute('#legend button >> nth=0', 'aria-pressed')).toBe('false');
    expect(await page.locator('#chart path[stroke="var(--c0)"]').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('zooms by dragging, and back by a double click', async () => {
    const { page } = await ready(write('zoom.html', { runs, baselines }));
    const { x, y, width } = (await page.locator('#chart .plot').boundingBox())!;
    await page.mouse.move(x + width * 0.4, y + 100);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + 120);
    await page.mouse.up();
    expect(await page.isVisible('#unzoom')).toBe(true);
    await page.mouse.dblclick(x + width * 0.5, y + 100);
    expect(await page.isVisible('#unzoom')).toBe(false);
  });

  it('compares groups, as recorded and normalised', async () => {
    const { page } = await ready(write('compare.html', { runs, baselines }));
    const lasts = (first: number): number[] => [0, 1, 2].map((k) => returns(first + k)[39]!);
    const better = lasts(1).flatMap((a) => lasts(6).map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
    const p = better.reduce((a, b) => a + b, 0) / 9;
    expect((await cells(page, '#improvement tbody tr'))[1]).toBe(p.toFixed(3));
    await page.check('#normalised');
    const row = await page
      .locator('#score-table tbody tr', { hasText: 'MADDPG' })
      .locator('> *')
      .allTextContents();
    const mean = lasts(1).reduce((a, b) => a + b) / 3;
    expect(row.slice(0, 3)).toEqual(['MADDPG', '3', precise((mean + 25) / 20)]);
    expect(await cells(page, '#configuration-table tbody tr.differs')).toEqual([
      'agent (differs)',
      'MADDPG',
      'MATD3',
    ]);
  });

  it('plays an episode of each run, and says where one has none', async () => {
    const recording = await recorded('simple_spread_v3');
    const { style, script, element } = playerParts();
    const of = new Map<string, RunPlayer>([
      [runs[0]!.path, { element: element(recording) }],
      [runs[1]!.path, { absent: 'npx maddpg replay <b>' }],
    ]);
    const file = write('played.html', { runs, baselines }, { players: { style, script, of } });
    const { page, requests, faults } = await ready(file);
    const status = page.locator('.mp-status');
    await page.waitForSelector('.maddpg-player circle');
    await page.focus('.maddpg-player .mp-controls button >> nth=0');
    await page.keyboard.press('End');
    expect(await status.textContent()).toBe('step 25 of 25');
    const places = await page.evaluate<number[][]>(`[...document.querySelectorAll('circle[data-agent]')]
      .map((circle) => ['cx', 'cy'].map((name) => Number(circle.getAttribute(name))))`);
    const episode = recording.episodes[0]!;
    const expected = shapesOf(episode, episode.frames.at(-1)!).flatMap((shape) =>
      shape.kind === 'circle' && shape.agent !== undefined ? [[shape.x, -shape.y]] : [],
    );
    expect(places).toEqual(expected);
    // Keys of the chart are not the player's.
    await page.focus('#chart .plot');
    await page.keyboard.press('ArrowLeft');
    expect(await status.textContent()).toBe('step 25 of 25');
    await page.selectOption('#watched', runs[1]!.path);
    await expect.poll(() => page.locator('#no-player').textContent()).toBe('npx maddpg replay <b>');
    expect(await page.locator('.maddpg-player').count()).toBe(0);
    expect({ requests, faults }).toEqual({ requests: [], faults: [] });
  });

  it.each([360, 800, 1600])('fits a window of %i pixels, light and dark', async (width) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, faults } = await ready(write('fit.html', { runs, baselines }), { width, colorScheme });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(await page.evaluate(CONTRAST)).toEqual([]);
      expect(await page.evaluate(UNNAMED)).toEqual([]);
      expect(faults).toEqual([]);
    }
  });

  /** Serves the runs in a folder. */
  const watched = (own: string): Promise<Watching> => {
    const data = (): ReportData => ({ runs: readRuns([own], { mayBeNone: true }).runs, baselines: {} });
    return watch(
      {
        stamp: () => stampOf([own]),
        page: () => Promise.resolve(reportPage(data(), { live: LIVE_SCRIPT })),
        news: () => Promise.resolve(newsOf(data(), new Map())),
      },
      0,
      (error) => {
        throw error;
      },
    );
  };

  it('shows what a run appends while it is watched', async () => {
    const own = join(folder, 'watched');
    mkdirSync(own);
    const dir = writeRun(own, runOf('live', [1, 2]));
    const watching = await watched(own);
    const { page, requests, faults } = await ready(watching.url);
    await page.click('#numbers summary');
    // Filled once the browser tells that it is open.
    await page.waitForSelector('#numbers tbody tr');
    expect(await page.locator('#numbers tbody tr').count()).toBe(2);
    appendFileSync(join(dir, 'metrics.jsonl'), '{"step":300,"wall_s":6,"test/episode_return_mean":2.5}\n');
    await page.waitForSelector('#numbers tbody tr:nth-child(3)');
    expect(await cells(page, '#numbers tbody tr:nth-child(3)')).toEqual(['300', '2.500']);
    expect({ requests, faults }).toEqual({ requests: [`${watching.url}news`], faults: [] });
    await watching.close();
  });

  it('says that there are no runs yet, and shows the first that begins', async () => {
    const own = join(folder, 'empty');
    mkdirSync(own);
    const watching = await watched(own);
    const { page, faults } = await ready(watching.url);
    expect(await page.textContent('#summary')).toBe('no runs yet');
    expect(await page.isVisible('main')).toBe(false);
    writeRun(own, runOf('first', [1, 2]));
    await page.waitForSelector('main:not([hidden])');
    expect(await page.textContent('#summary')).toBe('1 run · 1 group');
    expect(await page.locator('#chart path[stroke="var(--c0)"]').count()).toBe(1);
    expect(faults).toEqual([]);
    await watching.close();
  });

  it('says that one run has nothing to be compared with, and which seeds count more than once', async () => {
    const texts = async (name: string, shown: readonly Run[]): Promise<(string | null)[]> => {
      const { page } = await ready(write(name, { runs: shown, baselines: {} }));
      return Promise.all(
        ['#configuration-table', '#notes'].map(async (id) => (await page.textContent(id))!.trim()),
      );
    };
    expect(await texts('single.html', [runOf('a', [1])])).toEqual(['One run: nothing to compare.', '']);
    expect(await texts('copies.html', [runOf('a', [1]), runOf('b', [1])])).toEqual([
      'The runs differ only in their seeds.',
      'seed 1 counts twice in MADDPG; intervals take runs as independent',
    ]);
  });

  it('offers a metric of groups with own networks once, of each group', async () => {
    const run = runOf('a', [1, 2]);
    const losses = ['guide', 'visitor'].map((group): [string, Float64Array] => [
      `learner/${group}/loss_actor`,
      Float64Array.of(3, 4),
    ]);
    const own = { ...run, metrics: { ...run.metrics, ...Object.fromEntries(losses) } };
    const { page } = await ready(write('groups.html', { runs: [own], baselines: {} }));
    await page.selectOption('#metric', 'learner/loss_actor');
    expect(await page.locator('#who option').allTextContents()).toEqual(['guide', 'visitor']);
  });
});

/** Texts with a contrast below 4.5:1 to their background. */
const CONTRAST = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((channels(color)[3] ?? 1) > 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  return [...document.querySelectorAll('body *')]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== ''))
    .filter((e) => e.checkVisibility() && !e.closest('script, :disabled, label:has(:disabled)'))
    .map((e) => {
      const style = getComputedStyle(e);
      const color = e instanceof SVGElement ? style.fill : style.color;
      return [e.textContent.trim(), ratio(luminance(color), luminance(behind(e)))];
    })
    .filter(([, contrast]) => contrast < 4.5);
})()`;

/** Controls without a name for those who do not see them. */
const UNNAMED = `[...document.querySelectorAll('button, input, select, svg[role], [tabindex]')]
  .filter((e) => !e.closest('[hidden]'))
  .filter((e) => !(e.textContent.trim() || e.labels?.length || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby')))
  .map((e) => e.outerHTML)`;
