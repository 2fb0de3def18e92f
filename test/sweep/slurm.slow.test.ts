/** A sweep on a real Slurm: its tasks are cut off by the time limit, save, queue themselves again, and finish. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newestWeights, runCli, startCli, temporaryFolder } from '../cli/run-cli.ts';
import { slurmLacks, startSlurm, type SlurmCluster } from './slurm-cluster.ts';

const lacks = slurmLacks();

/** Two trials, each longer than the ten seconds that --time and --grace leave it, on any machine. */
const SWEEP = `
config: mpe.yaml
set: { running_steps: 90000, eval_interval: 30000, test_episode: 10, save_interval: 30000 }
seeds: 2
`;

describe.skipIf(lacks !== undefined)(
  `a sweep on Slurm${lacks === undefined ? '' : ` (lacks ${lacks})`}`,
  () => {
    let cluster: SlurmCluster | undefined;
    afterAll(() => {
      cluster?.stop();
    });

    it(
      'goes on after its time limit, and ends with the weights of an undisturbed one',
      { timeout: 600_000 },
      async () => {
        const { env, slurm, until } = (cluster = await startSlurm());
        const cwd = temporaryFolder();
        fs.writeFileSync(path.join(cwd, 'sweep.yaml'), SWEEP);
        // A name that a shell and sbatch would read otherwise.
        const dir = `it's 5% of $HOME`;
        for (const name of [dir, 'undisturbed'])
          expect(await runCli(cwd, ['sweep', 'plan', 'sweep.yaml', '--dir', name])).toMatchObject({
            code: 0,
          });

        const args = [
          'sweep',
          'submit',
          dir,
          '--slurm',
          '--now',
          '--tasks=2',
          '--time=00:01:00',
          '--grace=50',
        ];
        const submitted = await startCli(cwd, args, env).ended;
        expect(submitted).toMatchObject({ code: 0, stderr: '' });
        const job = /^Submitted batch job (\d+)\n$/.exec(submitted.stdout)![1]!;
        const states = (): string[] =>
          slurm('squeue', '--noheader', '--array', `--jobs=${job}`, '--states=all', '--format=%T')
            .trim()
            .split('\n');
        await until(() => states().every((state) => state === 'COMPLETED'), 500);

        expect(await runCli(cwd, ['sweep', 'run', 'undisturbed', '--workers=2'])).toMatchObject({ code: 0 });
        const trials = fs.readdirSync(path.join(cwd, 'undisturbed', 'trials'));
        expect(trials).toHaveLength(2);
        for (const [k, name] of trials.entries()) {
          const runs = [dir, 'undisturbed'].map((folder) => path.join(cwd, folder, 'trials', name));
          expect(newestWeights(runs[0]!).equals(newestWeights(runs[1]!))).toBe(true);
          const log = fs.readFileSync(path.join(cwd, dir, `slurm-${k}.log`), 'utf8');
          expect(log).toContain('interrupted; continue with: npx maddpg sweep run ');
          expect(log).toContain('\n1 trial done, 0 failed, 0 unfinished\n');
        }
      },
    );
  },
);
