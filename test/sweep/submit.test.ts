import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
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
