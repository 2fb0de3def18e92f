/** The studio as a file, in real browsers: it trains as the command line does, is touched, and gives and takes runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordsIn } from '../../src/metrics/records.ts';
import type { MetricRecord } from '../../src/metrics/sink.ts';
import { ROOT, runCli, temporaryFolder } from '../cli/run-cli.ts';
import { BROWSERS, type Tab } from './tabs.ts';

const PAGE = pathToFileURL(join(ROOT, 'dist/studio.html')).href;
/** Ends at the first evaluation that is well above chance (-25.4). */
const TRAINED = -12;
const MINUTE = 60_000; // one, in ms

/** What does not depend on time. */
function results(records: readonly MetricRecord[]): Record<string, number>[] {
  return records.map((record) =>
    Object.fromEntries(
      Object.entries(record).filter(([name]) => name !== 'wall_s' && !name.startsWith('speed/')),
    ),
  );
}

async function until(tab: Tab, condition: string): Promise<void> {
  await tab.evaluate(`new Promise((resolve) => {
    const look = () => (${condition}) ? resolve() : requestAnimationFrame(look);
    look();
  })`);
}

describe.each(BROWSERS.filter(({ missing }) => !missing))('the studio in $name', ({ name, open }) => {
  const folder = temporaryFolder();
  let tab: Tab;
  beforeAll(async () => {
    tab = await open(`${PAGE}#mpe/simple_spread&stop_at_return=${TRAINED}`);
  }, MINUTE);
  afterAll(() => tab.close());

  it(
    `trains simple_spread to above ${TRAINED}, with the records of the command line`,
    async () => {
      await until(tab, "maddpgStudio.training.standing === 'ended'");
      const records = (await tab.evaluate('maddpgStudio.training.records')) as MetricRecord[];
      const reached = records.at(-1)!['test/episode_return_mean']!;
      expect(reached).toBeGreaterThan(TRAINED);
      const config = join(ROOT, 'configs/mpe/simple_spread.yaml');
      const args = [
        'train',
        '--config',
        config,
        '--set',
        `stop_at_return=${TRAINED}`,
        '--name',
        'cli',
        '--set',
        'threads=1',
        '--set',
        'save_replay=unfinished',
      ];
      expect((await runCli(folder, args)).code).toBe(0);
      const { records: there } = recordsIn(readFileSync(join(folder, 'runs/cli/metrics.jsonl'), 'utf8'));
      expect(results(records)).toEqual(results(there));
    },
    10 * MINUTE,
  );

  it(
    'downloads a run that maddpg eval accepts, and goes on with it when it is dropped',
    async () => {
      const base64 =
        (await tab.evaluate(`maddpgStudio.training.zip().then((bytes) => new Promise((resolve) => {
      window.saved = bytes;
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
      reader.readAsDataURL(new Blob([bytes]));
    }))`)) as string;
      writeFileSync(join(folder, 'run.zip'), Buffer.from(base64, 'base64'));
      const { code, stdout } = await runCli(folder, [
        'eval',
        '--checkpoint',
        'run.zip',
        '--episodes',
        '20',
        '--json',
      ]);
      expect(code).toBe(0);
      expect((JSON.parse(stdout) as { policy: { mean: number } }).policy.mean).toBeGreaterThan(TRAINED - 3);
      const step = (await tab.evaluate('maddpgStudio.training.step')) as number;
      await tab.evaluate(`maddpgStudio.begin(maddpgStudio.experiment)`);
      await tab.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File([window.saved], 'run.zip'));
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    }`);
      await until(tab, `maddpgStudio.training.step >= ${step}`);
      expect(await tab.evaluate('maddpgStudio.faults')).toEqual([]);
    },
    5 * MINUTE,
  );

  it.skipIf(name === 'Firefox')('plays the folder of a run that cannot train on', async () => {
    await tab.evaluate(`maddpgStudio.set({ frozen: true })`);
    await tab.choose!('input[webkitdirectory]', join(folder, 'runs/cli'));
    await until(tab, 'maddpgStudio.training.canGoOn === false');
    const mean = await tab.evaluate(`(() => {
      const { stage } = maddpgStudio;
      maddpgStudio.set({ frozen: true });
      let sum = 0;
      for (let episode = 0; episode < 40; episode++) {
        maddpgStudio.nextEpisode();
        while (!stage.over) maddpgStudio.stepWorld();
        sum += stage.returns.reduce((total, value) => total + value) / stage.returns.length;
      }
      return sum / 40;
    })()`);
    expect(mean).toBeGreaterThan(TRAINED - 3);
    expect(await tab.evaluate('maddpgStudio.faults')).toEqual([]);
    await tab.evaluate('maddpgStudio.begin(maddpgStudio.experiment)');
  });

  it('lets a hand drag an agent, and steer one', async () => {
    await tab.evaluate('maddpgStudio.set({ speed: 0.25 })');
    const at = (await tab.evaluate(`(() => {
      const box = document.querySelector('canvas').getBoundingClientRect();
      const { x, y } = maddpgStudio.view.toPage(maddpgStudio.stage.entities[0]);
      return { x: box.left + x, y: box.top + y, centre: box.left + box.width / 2 };
    })()`)) as { x: number; y: number; centre: number };
    await tab.mouse.move(at.x, at.y);
    await tab.mouse.down();
    await tab.mouse.move(at.centre + 20, at.y);
    await tab.mouse.move(at.centre, at.y);
    await until(tab, 'maddpgStudio.held?.k === 0');
    expect(await tab.evaluate('Math.abs(maddpgStudio.stage.entities[0].x) < 0.2')).toBe(true);
    await tab.mouse.up();
    await until(tab, 'maddpgStudio.held === null');

    await tab.click('.chip');
    await tab.click('.agent h2 button');
    await tab.evaluate('maddpgStudio.set({ speed: 4 })');
    const before = (await tab.evaluate('maddpgStudio.stage.entities[0].x')) as number;
    await tab.keyboard.down('ArrowRight');
    await until(tab, `maddpgStudio.stage.entities[0].x > ${before} + 1`);
    await tab.keyboard.up('ArrowRight');
  });

  it('says what is wrong with an address in the words of the command line, and leaves the training alone', async () => {
    const step = (await tab.evaluate('maddpgStudio.training.step')) as number;
    await tab.evaluate("maddpgStudio.visit('#mpe/simple_spread&gamma=2&n_step=0')");
    const { stderr } = await runCli(folder, [
      ...['config', 'check', 'mpe/simple_spread.yaml', '--set', 'gamma=2', '--set', 'n_step=0'],
    ]);
    expect((await tab.evaluate('maddpgStudio.faults')) as string[]).toEqual(stderr.trim().split('\n'));
    expect(await tab.evaluate(`maddpgStudio.training.step >= ${step}`)).toBe(true);
    await tab.evaluate('maddpgStudio.set({ faults: [] })');
  });

  it.each([
    ['#mpe/simple&gamma=%', 'address: expected %25 for a percent sign, got %'],
    [
      '#lesson/typo',
      'address: expected one of lesson/spread, lesson/speak, lesson/chase after #, got lesson/typo',
    ],
    ['#constructor', /^address: expected one of mpe\/.* after #, got constructor$/],
  ])('says what is wrong with the address %s until there is a better one', async (hash, fault) => {
    await tab.evaluate(`maddpgStudio.visit(${JSON.stringify(hash)})`);
    expect(await tab.evaluate('maddpgStudio.faults')).toEqual([expect.stringMatching(fault)]);
    await tab.evaluate("maddpgStudio.visit('#mpe/simple_spread')");
    expect(await tab.evaluate('maddpgStudio.faults')).toEqual([]);
  });

  it('gives no run once its training is gone', async () => {
    const zips = await tab.evaluate(`(() => {
      const { training } = maddpgStudio;
      const asked = training.zip();
      maddpgStudio.restart();
      return Promise.all([asked, training.zip()]).then((zips) => zips.map((zip) => zip === undefined));
    })()`);
    expect(zips).toEqual([true, true]);
  });

  it('compares with an earlier moment, in the same world', async () => {
    await tab.evaluate("maddpgStudio.visit('#mpe/simple_spread')");
    await until(tab, 'maddpgStudio.training.step > 4000');
    await tab.evaluate('maddpgStudio.set({ frozen: true, speed: 1 })');
    await tab.evaluate('maddpgStudio.compare(0)');
    const places = (stage: string): Promise<unknown> =>
      tab.evaluate(`maddpgStudio.${stage}.entities.map(({ x, y }) => [x, y])`);
    expect(await places('past')).toEqual(await places('stage'));
    await tab.evaluate('for (let step = 0; step < 10; step++) maddpgStudio.stepWorld()');
    expect(await places('past')).not.toEqual(await places('stage'));
    expect(await tab.evaluate('maddpgStudio.pastStep < 4000')).toBe(true);
    await tab.evaluate('maddpgStudio.compare(null)');
  });

  it('goes on where it was when the page is loaded again', async () => {
    await tab.evaluate('maddpgStudio.training.pause()');
    await tab.evaluate('maddpgStudio.remember()');
    const step = (await tab.evaluate('maddpgStudio.training.step')) as number;
    expect(step).toBeGreaterThan(4000);
    await tab.reload();
    await until(tab, "maddpgStudio.keeps !== ''");
    await until(tab, 'maddpgStudio.training.step > 0');
    expect(await tab.evaluate('[maddpgStudio.training.standing, maddpgStudio.training.step]')).toEqual([
      'paused',
      step,
    ]);
  });

  it('asks the network for nothing, and has no error', () => {
    expect(tab.requests).toEqual([]);
    expect(tab.faults).toEqual([]);
  });
});
