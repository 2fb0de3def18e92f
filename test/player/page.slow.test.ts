/** The player's page in headless Chromium. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { noopActor } from '../../src/evaluate/actors.ts';
import { CustomVectorEnv } from '../../src/envs/custom/vector.ts';
import { episodeReturns } from '../../src/evaluate/play.ts';
import { pageOf, playerParts } from '../../src/player/page.ts';
import { Recorder, recordingOf } from '../../src/player/recorder.ts';
import { shapesOf, type Recording } from '../../src/player/recording.ts';
import { CHROMIUM, launch, open, type PageOptions, type WatchedPage } from '../browser/chromium.ts';
import { Doors } from '../envs/custom/doors.ts';
import { recorded } from './recorded.ts';

const SCENARIO = 'simple_speaker_listener_v4';

it('a page asks nothing of the network and is small', async () => {
  const page = pageOf(await recorded(SCENARIO, { episodes: 20 }));
  expect(page).not.toMatch(
    /\ssrc=|<link|fetch\(|XMLHttpRequest|@import|https?:\/\/(?!www\.w3\.org\/2000\/svg)/,
  );
  expect(page.length).toBeLessThan(500_000);
});

it('a page that would be too large is refused', async () => {
  const recording = await recorded('simple_v3');
  const large = { ...recording, policy: 'x'.repeat(3_000_000) };
  expect(() => pageOf(large)).toThrow(
    'replay: expected a page of at most 3 MB, got 3.0 MB; lower --episodes',
  );
});

describe.skipIf(CHROMIUM === undefined)('the player (needs Chromium)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'maddpg-player-'));
  let browser: Browser;
  let recording: Recording;
  beforeAll(async () => {
    browser = await launch();
    recording = await recorded(SCENARIO, { episodes: 2, seeds: [5, 6] });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  const show = (html: string, options: PageOptions = {}): Promise<WatchedPage> => {
    const file = join(folder, 'page.html');
    writeFileSync(file, html);
    return open(browser, pathToFileURL(file).href, { reducedMotion: 'reduce', ...options });
  };
  const status = ({ page }: WatchedPage): Promise<string> => page.locator('.mp-status').innerText();
  /** Discs of agents by name: [x, y, radius]. */
  const discs = ({ page }: WatchedPage): Promise<Record<string, number[]>> =>
    page.evaluate(`Object.fromEntries([...document.querySelectorAll('circle[data-agent]')].map((circle) =>
      [circle.dataset.agent, ['cx', 'cy', 'r'].map((name) => Number(circle.getAttribute(name)))]))`);
  const blameless = ({ requests, faults }: WatchedPage): void => {
    expect({ requests, faults }).toEqual({ requests: [], faults: [] });
  };

  it("has the environment's positions in every frame", async () => {
    const watched = await show(pageOf(recording));
    const episode = recording.episodes[0]!;
    for (const [k, frame] of episode.frames.entries()) {
      expect(await status(watched)).toBe(`step ${k} of 25`);
      const expected = shapesOf(episode, frame).flatMap((shape) =>
        shape.kind === 'circle' && shape.agent !== undefined
          ? [[shape.agent, [shape.x, -shape.y, shape.radius]] as const]
          : [],
      );
      expect(await discs(watched)).toEqual(Object.fromEntries(expected));
      await watched.page.keyboard.press('ArrowRight');
    }
    blameless(watched);
  });

  it('obeys the keyboard', async () => {
    const watched = await show(pageOf(recording));
    const { page } = watched;
    const press = async (...keys: string[]): Promise<string> => {
      for (const key of keys) await page.keyboard.press(key);
      return status(watched);
    };
    expect(await press('ArrowRight', 'ArrowRight', 'ArrowLeft')).toBe('step 1 of 25');
    expect(await press('End')).toBe('step 25 of 25');
    expect(await press('Home')).toBe('step 0 of 25');
    const chosen = (): Promise<string[]> =>
      page
        .locator('select')
        .evaluateAll((all) =>
          all.map((select) => (select as unknown as { selectedIndex: number }).selectedIndex).map(String),
        );
    expect(await chosen()).toEqual(['0', '0', '2', '0']); // seed, episode, speed, camera
    await press('n', 'n', '+');
    expect(await chosen()).toEqual(['1', '0', '3', '0']);
    await press('p', '-', '-');
    expect(await chosen()).toEqual(['0', '1', '2', '0'].with(2, '1'));
    await page.keyboard.press('Space');
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(1);
    await page.waitForFunction(`document.querySelector('.mp-status').textContent === 'step 25 of 25'`);
    await page.getByRole('button', { name: 'Play' }).waitFor();
    blameless(watched);
  });

  it('plays by itself, unless motion is to be reduced', async () => {
    const still = await show(pageOf(recording));
    expect(await still.page.getByRole('button', { name: 'Play' }).count()).toBe(1);
    const moving = await show(pageOf(recording), { reducedMotion: 'no-preference' });
    await moving.page.waitForFunction(`document.querySelector('.mp-status').textContent === 'step 25 of 25'`);
    blameless(still);
    blameless(moving);
  });

  it('says who says what, and has a row of numbers per agent', async () => {
    const watched = await show(pageOf(recording));
    await watched.page.keyboard.press('ArrowRight');
    expect(await watched.page.locator('.mp-world text').allInnerTexts()).toHaveLength(2);
    const said = recording.episodes[0]!.frames[1]!.says![0]!.indexOf(1);
    const word = 'ABC'[said]!;
    const texts = `[...document.querySelectorAll('.mp-world text')].map((text) => text.textContent).toSorted()`;
    expect(await watched.page.evaluate(texts)).toEqual(['listener_0', `speaker_0 “${word}”`]);
    const rewards = recording.episodes[0]!.steps[0]!.rewards.map((x) => x.toFixed(2).replace('-', '−'));
    const cells = await watched.page.locator('.mp-reward').allInnerTexts();
    expect(cells).toEqual(rewards);
    blameless(watched);
  });

  it('shows numbers of an environment without render()', async () => {
    const env = new CustomVectorEnv('doors', () => new Doors(), 1);
    const recorder = new Recorder(env, noopActor(env.spec), 1);
    episodeReturns(env, recorder.actor, 1, 1);
    const watched = await show(pageOf(recordingOf(env, 'no-op <policy>', recorder.episodes)));
    expect(await watched.page.locator('.mp-undrawn').innerText()).toBe(
      'This environment has no render(): here are its numbers.',
    );
    expect(await watched.page.locator('header p').innerText()).toBe('no-op <policy>');
    expect(await watched.page.locator('td.mp-observation').count()).toBe(3);
    blameless(watched);
  });

  it('stands more than once in a page of others, where keys go to the one with the focus', async () => {
    const { style, script, element } = playerParts();
    const html = `<!doctype html><style>${style}</style>${element(recording)}${element(recording)}<script>${script}</script>`;
    const watched = await show(html);
    await watched.page.locator('.maddpg-player').nth(1).getByRole('button', { name: 'Last step' }).focus();
    await watched.page.keyboard.press('ArrowRight');
    expect(await watched.page.locator('.mp-status').allInnerTexts()).toEqual([
      'step 0 of 25',
      'step 1 of 25',
    ]);
    blameless(watched);
  });

  it.each([360, 800, 1600])('fits %i px', async (width) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const watched = await show(pageOf(recording), { width, colorScheme });
      expect(await watched.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(await lowestContrast(watched)).toBeGreaterThanOrEqual(4.5);
    }
  });
});

/** The least contrast (WCAG 2) of any text outside the world with the ground below it. */
function lowestContrast({ page }: WatchedPage): Promise<number> {
  return page.evaluate(`(() => {
    const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = (colour) => {
      const [r, g, b] = colour.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const groundOf = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const ground = rgb(getComputedStyle(at).backgroundColor);
        if (ground[3] !== 0) return ground.slice(0, 3);
      }
      return [255, 255, 255];
    };
    const texts = [...document.querySelectorAll('.maddpg-player *')].filter((element) =>
      !element.closest('.mp-world, script') && [...element.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim()));
    return Math.min(...texts.map((element) => {
      const style = getComputedStyle(element);
      const ink = light(rgb(element.namespaceURI.endsWith('svg') ? style.fill : style.color));
      const ground = light(groundOf(element));
      return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    }));
  })()`);
}
