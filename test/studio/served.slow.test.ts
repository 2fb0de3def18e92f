/** The page of `maddpg studio RUN`: it goes on with the run, or shows why it cannot, and works all the same. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, startCli, temporaryFolder, TINY, type RunningCli } from '../cli/run-cli.ts';
import { BROWSERS, type Tab } from './tabs.ts';

const MINUTE = 60_000; // one, in ms

describe.each(BROWSERS.filter(({ missing }) => !missing))('a served page in $name', ({ open }) => {
  const cwd = temporaryFolder();
  let server: RunningCli;
  let tab: Tab;
  const shown = (): Promise<unknown> =>
    tab.evaluate(`new Promise((resolve) => {
      const look = () => {
        const lines = [...document.querySelectorAll('.faults p')].map(({ textContent }) => textContent);
        if (lines.length > 0) resolve(lines);
        else requestAnimationFrame(look);
      };
      look();
    })`);
  beforeAll(async () => {
    await runCli(cwd, ['train', ...TINY, '--name=tiny', '--quiet']);
    server = startCli(cwd, ['studio', 'runs/tiny']);
    await server.says('Ctrl-C to stop');
    tab = await open(await server.firstLine());
  }, MINUTE);
  afterAll(async () => {
    await tab.close();
    server.interrupt();
    await server.ended;
  });

  it('goes on with the run', async () => {
    await tab.evaluate(`new Promise((resolve) => {
      const look = () => (maddpgStudio.training.step > 0 ? resolve() : requestAnimationFrame(look));
      look();
    })`);
    expect(await tab.evaluate('[maddpgStudio.config.name, maddpgStudio.faults]')).toEqual(['tiny', []]);
  });

  it('shows what the server says of a run that is gone, and listens all the same', async () => {
    renameSync(join(cwd, 'runs/tiny'), join(cwd, 'moved'));
    await tab.reload();
    expect(await shown()).toEqual([
      'runs/tiny: expected a file or folder to read, got no such file; reload the page',
    ]);
    await tab.evaluate("location.hash = '#lesson/typo'");
    await tab.evaluate(`new Promise((resolve) => {
      const look = () => (maddpgStudio.faults[0]?.endsWith('lesson/typo') ? resolve() : requestAnimationFrame(look));
      look();
    })`);
  });

  it(
    'plays a run with a trained opponent, which it cannot read, and does not train it',
    async () => {
      const push = ['--set=env_id=simple_push_v3', '--set=use_parameter_sharing=teams'];
      await runCli(cwd, ['train', ...TINY, ...push, '--name=foe', '--quiet']);
      const against = ['--set=best_team=agent', '--set=opponents=[runs/foe]', '--name=pool', '--quiet'];
      await runCli(cwd, ['train', ...TINY, ...push, ...against]);
      const other = startCli(cwd, ['studio', 'runs/pool']);
      await other.says('Ctrl-C to stop');
      const page = await open(await other.firstLine());
      await page.evaluate(`new Promise((resolve) => {
        const look = () => (maddpgStudio.training?.standing === 'ended' ? resolve() : requestAnimationFrame(look));
        look();
      })`);
      expect(await page.evaluate('[maddpgStudio.training.canGoOn, maddpgStudio.training.warnings]')).toEqual([
        false,
        ['A page cannot read the opponent runs/foe: this run can play here; train it with maddpg train.'],
      ]);
      // Nor does it train it from the start.
      await page.evaluate('maddpgStudio.restart()');
      expect(await page.evaluate('maddpgStudio.faults')).toEqual([
        '--set opponents=[runs/foe]: opponents: expected random, noop, scripted in a page, got runs/foe',
      ]);
      await page.close();
      other.interrupt();
      await other.ended;
    },
    MINUTE,
  );
});
