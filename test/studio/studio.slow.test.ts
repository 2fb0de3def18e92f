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

describe.each(BROWSERS.filter(({ missing }) => !missing))('the studio in $name', ({ open }) => {
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

  it('asks the network for nothing, and has no error', () => {
    expect(tab.requests).toEqual([]);
    expect(tab.faults).toEqual([]);
  });
});
