/** What TensorBoard's own reader makes of the events file. Needs the Python package tensorboard; see CONTRIBUTING.md. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Metrics, type MetricsOptions } from '../../src/metrics/metrics.ts';
import { PYTHON, pythonHas } from '../envs/pettingzoo/python.ts';

const root = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-tensorboard-'));
afterAll(() => {
  fs.rmSync(root, { recursive: true });
});

const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "histograms": 0, "tensors": 0}).Reload()
tags = events.Tags()
facts = lambda h: (h.min, h.max, h.num, h.sum, h.sum_squares, h.bucket_limit, h.bucket)
session = HParamsPluginData.FromString(
    events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content).session_start_info
print(json.dumps({
    "scalars": {tag: [[e.step, e.wall_time, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
    "histograms": {tag: [[e.step, *facts(e.histogram_value)] for e in events.Histograms(tag)] for tag in tags["histograms"]},
    "texts": {tag: [[e.step, e.tensor_proto.string_val[0].decode()] for e in events.Tensors(tag)] for tag in tags["tensors"]},
    "plugin": events.SummaryMetadata("config").plugin_data.plugin_name,
    "hparams": {k: getattr(v, v.WhichOneof("kind")) for k, v in session.hparams.items()},
}))
`;

function readBack(name: string, options: MetricsOptions, write: (metrics: Metrics) => void): unknown {
  const run = path.join(root, name);
  fs.mkdirSync(run);
  const keys = {
    gamma: 0.5,
    use_grad_clip: true,
    agent: 'MADDPG',
    actor_hidden_size: [8, 4],
    max_wall_s: null,
  };
  const yaml = 'gamma: 0.5 # ä\n';
  const metrics = new Metrics(run, { clock: () => 1.7e9 + 0.25, configuration: { yaml, keys }, ...options });
  write(metrics);
  metrics.close();
  const text = execFileSync(PYTHON, ['-c', READ, run], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(text);
}

describe.skipIf(!pythonHas('tensorboard'))('TensorBoard reads back (needs Python with tensorboard)', () => {
  it('scalars, histograms of weights, the configuration as text, and hparams', () => {
    const weights = Float32Array.from({ length: 32 }, (_, k) => (k < 30 ? k / 2 : 15));
    const read = readBack('all', {}, (metrics) => {
      metrics.write({ step: 400, wall_s: 1, 'train/episode_return': -1.5 });
      metrics.write({ step: 2 ** 33, wall_s: 2, 'train/episode_return': 0.25, 'test/q_bias': 4 });
      metrics.weights(400, new Map([['actor/shared/W0', { shape: [4, 8], data: weights }]]));
      metrics.weights(800, new Map([['actor/shared/W0', { shape: [3], data: new Float32Array(3).fill(2) }]]));
      metrics.configured(800, 'gamma: 1\n');
    });
    const time = 1.7e9 + 0.25;
    expect(read).toEqual({
      scalars: {
        'train/episode_return': [
          [400, time, -1.5],
          [2 ** 33, time, 0.25],
        ],
        'test/q_bias': [[2 ** 33, time, 4]],
      },
      histograms: {
        'weights/actor/shared/W0': [
          [
            400,
            ...[0, 15, 32, 247.5, 2588.75],
            Array.from({ length: 30 }, (_, k) => (k + 1) / 2),
            Array.from({ length: 30 }, (_, k) => (k < 29 ? 1 : 3)),
          ],
          [800, ...[2, 2, 3, 6, 12], [2], [3]],
        ],
      },
      texts: {
        config: [
          [0, '```yaml\ngamma: 0.5 # ä\n```\n'],
          [800, '```yaml\ngamma: 1\n```\n'],
        ],
      },
      plugin: 'text',
      hparams: {
        ...{
          gamma: 0.5,
          use_grad_clip: true,
          agent: 'MADDPG',
          actor_hidden_size: '[8,4]',
          max_wall_s: 'null',
        },
      },
    });
  });

  it('the names of CleanRL with metric_names cleanrl', () => {
    const read = readBack('cleanrl', { names: 'cleanrl' }, (metrics) => {
      metrics.write({ step: 1, wall_s: 1, 'learner/loss_critic': 2, 'speed/env_steps_per_second': 3 });
    });
    expect(read).toMatchObject({
      scalars: { 'losses/qf_loss': [[1, 1.7e9 + 0.25, 2]], 'charts/SPS': [[1, 1.7e9 + 0.25, 3]] },
    });
  });
});
