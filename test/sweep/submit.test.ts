import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { submit } from '../../src/cli/submitting.ts';
import { planSweep } from '../../src/sweep/plan.ts';
import { writeSweep } from '../../src/sweep/sweep-dir.ts';
import { readSweep } from '../../src/sweep/sweep-file.ts';
import { kubernetesJob } from '../../src/sweep/submit/kubernetes.ts';
import { slurmScript } from '../../src/sweep/submit/slurm.ts';

describe('slurmScript', () => {
  const options = {
    dir: '/data/my 5% sweep',
    maddpg: ['/usr/bin/node', '/opt/maddpg/bin/maddpg.js'],
    ...{ tasks: 10, workers: 2, time: '04:00:00', grace: 90, partition: 'cpu' },
  };

  it('is a requeued array whose tasks hear of their limit, with quoted paths', () => {
    const lines = slurmScript(options).split('\n');
    expect(lines.filter((line) => line.startsWith('#SBATCH'))).toEqual([
      '#SBATCH --job-name=maddpg-sweep',
      '#SBATCH --array=0-9',
      '#SBATCH --cpus-per-task=2',
      '#SBATCH --time=04:00:00',
      '#SBATCH --partition=cpu',
      '#SBATCH --output="/data/my 5%% sweep/slurm-%a.log"',
      '#SBATCH --open-mode=append',
      '#SBATCH --requeue',
      '#SBATCH --signal=B:USR1@90',
    ]);
    expect(lines).toContain(
      `/usr/bin/node /opt/maddpg/bin/maddpg.js sweep run '/data/my 5% sweep' --workers 2 ` +
        '--index "$SLURM_ARRAY_TASK_ID" --of 10 &',
    );
  });

  it('refuses a folder whose name sbatch cannot read', () => {
    expect(() => slurmScript({ ...options, dir: '/data/a"b' })).toThrow(
      '/data/a"b: expected a path that sbatch can read, got one with a quote, a backslash or a control character; rename it',
    );
  });
});

describe('kubernetesJob', () => {
  it('is an Indexed Job whose pods take their share and leave interrupted ones uncounted', () => {
    const job = parse(
      kubernetesJob({ name: 'Tuning_1.yaml', image: 'maddpg:1', claim: 'data', tasks: 8, workers: 4 }),
    ) as unknown;
    expect(job).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'maddpg-tuning-1-yaml' },
      spec: {
        ...{ completionMode: 'Indexed', completions: 8, parallelism: 8, backoffLimit: 16 },
        podFailurePolicy: {
          rules: [
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
            { action: 'Ignore', onExitCodes: { operator: 'In', values: [130] } },
            { action: 'FailJob', onExitCodes: { operator: 'In', values: [2] } },
          ],
        },
        template: {
          spec: {
            restartPolicy: 'Never',
            terminationGracePeriodSeconds: 90,
            containers: [
              {
                name: 'maddpg',
                image: 'maddpg:1',
                command: [
                  ...['sh', '-c'],
                  'exec maddpg sweep run "$0" --workers 4 --index "$JOB_COMPLETION_INDEX" --of 8',
                  '/sweeps/Tuning_1.yaml',
                ],
                resources: { requests: { cpu: 4 } },
                volumeMounts: [{ name: 'sweeps', mountPath: '/sweeps' }],
              },
            ],
            volumes: [{ name: 'sweeps', persistentVolumeClaim: { claimName: 'data' } }],
          },
        },
      },
    });
  });
});

describe('sweep submit', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-submit-'));
  const options = { slurm: true, workers: 1, time: '1:00:00', grace: 90, volume: 'sweeps' };
  const planned = async (name: string, halving: string): Promise<string> => {
    const text = `config: smoke.yaml\nseeds: [1, 2, 3, 4, 5]\n${halving}`;
    const dir = path.join(folder, name);
    writeSweep(dir, text, await planSweep(readSweep(text, name), folder));
    return dir;
  };
  beforeAll(() => void vi.spyOn(process.stdout, 'write').mockReturnValue(true));
  afterAll(() => {
    vi.restoreAllMocks();
    fs.rmSync(folder, { recursive: true });
  });

  const arrayOf = (dir: string): string | undefined =>
    /--array=.*/.exec(fs.readFileSync(path.join(dir, 'slurm.sh'), 'utf8'))?.[0];

  it('asks for a task per four trials, or as many as wanted', async () => {
    const dir = await planned('plain', '');
    submit(dir, options);
    expect(arrayOf(dir)).toBe('--array=0-1');
    submit(dir, { ...options, tasks: 3 });
    expect(arrayOf(dir)).toBe('--array=0-2');
  });

  it('writes a script that can be run, and says so if it cannot be written', async () => {
    const dir = await planned('written', '');
    const [script, job] = ['slurm.sh', 'kubernetes.yaml'].map((name) => path.join(dir, name));
    submit(dir, options);
    expect(fs.statSync(script!).mode & 0o700).toBe(0o700);
    fs.rmSync(script!);
    for (const file of [script!, job!]) fs.mkdirSync(file);
    const refused = (flag: string, file: string): string =>
      `${flag}: expected a file that can be written, got a folder: ${file}`;
    expect(() => {
      submit(dir, options);
    }).toThrow(refused('--slurm', script!));
    expect(() => {
      submit(dir, { ...options, slurm: false, kubernetes: true });
    }).toThrow(refused('--kubernetes', job!));
  });

  it.each([
    ['2', 60, undefined],
    ['1:31', 90, undefined],
    ['0', 90, undefined],
    ['UNLIMITED', 90, undefined],
    ['1-2', 90, undefined],
    ['0-0:30:00', 1799, undefined],
    ['0-0:30:00', 1800, '--grace: expected less than --time (1800 s), got 1800 s'],
    ['00:01:00', 90, '--grace: expected less than --time (60 s), got 90 s'],
    ['1:30', 90, '--grace: expected less than --time (90 s), got 90 s'],
    ...['foo', '-5', '1:2:3:4', '1h'].map((time): [string, number, string] => [
      time,
      90,
      `--time: expected MINUTES, MINUTES:SECONDS, HOURS:MINUTES:SECONDS or DAYS-HOURS, got "${time}"; see man sbatch`,
    ]),
  ] as [string, number, string | undefined][])(
    'takes a time limit as sbatch does, longer than the time to save: %s and %d s',
    async (time, grace, fault) => {
      const dir = path.join(folder, 'timed');
      if (!fs.existsSync(dir)) await planned('timed', '');
      const act = (): void => {
        submit(dir, { ...options, time, grace });
      };
      if (fault === undefined) expect(act).not.toThrow();
      else expect(act).toThrow(fault);
    },
  );

  it('asks nothing of times that Kubernetes does not use', async () => {
    const dir = await planned('untimed', '');
    expect(() => {
      submit(dir, { ...options, slurm: false, kubernetes: true, grace: 100_000 });
    }).not.toThrow();
  });

  it('gives a sweep with halving one task, as shares of it cannot run', async () => {
    const dir = await planned('halved', 'halving: { steps: [1000], keep: 0.5 }\n');
    submit(dir, options);
    expect(arrayOf(dir)).toBe('--array=0-0');
    expect(() => {
      submit(dir, { ...options, tasks: 2 });
    }).toThrow('--tasks: expected 1 with halving, which compares all trials, got 2; or use sweep serve');
  });
});
