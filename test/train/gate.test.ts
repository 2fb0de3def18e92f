/** The gate of a training: a page's pause, step and speed. */
import { expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import { mpeEnvironments } from '../../src/envs/mpe/open.ts';
import type { MetricRecord } from '../../src/metrics/sink.ts';
import type { RunStore } from '../../src/train/run-store.ts';
import { Trainer } from '../../src/train/trainer.ts';
import type { TrainerOptions } from '../../src/train/trainer-options.ts';

const { config } = resolveConfig({
  keys: {
    ...{ running_steps: 80, start_training: 20, training_frequency: 10, parallels: 2, test_episode: 2 },
    ...{ buffer_size: 100, batch_size: 8, actor_hidden_size: [4], critic_hidden_size: [4] },
    ...{ eval_interval: 40, log_interval: 20 },
  },
});

/** Metrics without times, and the last checkpoint's files. */
async function trained(options: TrainerOptions): Promise<unknown[]> {
  const kept: unknown[] = [];
  const timeless = (record: MetricRecord): unknown =>
    Object.entries(record).filter(([name]) => name !== 'wall_s' && !name.startsWith('speed/'));
  const store: RunStore = {
    name: 'test',
    record: (record) => kept.push(timeless(record)),
    save: ({ files }) => {
      kept.push(structuredClone(files));
      return Promise.resolve('kept');
    },
    settle: () => Promise.resolve(),
    log: () => undefined,
  };
  const factory = mpeEnvironments(config);
  const environments = { factory, evaluation: factory.make(1) };
  await new Trainer(config, environments, new ReferenceEngine(), store, options).run();
  return kept;
}

it('opens before every vector step and changes no number', async () => {
  const free = await trained({});
  let [opened, step] = [0, 0];
  const gate = (): Promise<void> | undefined => {
    opened += 1;
    return opened % 3 === 0 ? undefined : new Promise((resolve) => setImmediate(resolve));
  };
  const gated = await trained({
    gate,
    onEpisode: (episode) => {
      step = episode.step;
      expect(opened).toBe(step / 2 + 1);
    },
  });
  expect(step).toBeGreaterThan(0);
  expect(opened).toBe(40);
  expect(gated).toEqual(free);
});

it('lets an aborted run end without another step once it is opened', async () => {
  const stop = new AbortController();
  let opened = 0;
  const kept = await trained({
    signal: stop.signal,
    gate: () => {
      opened += 1;
      if (opened < 5) return undefined;
      stop.abort();
      return Promise.resolve();
    },
  });
  expect(opened).toBe(5);
  expect(Object.keys(kept.at(-1) as object)).toContain('weights.safetensors');
  expect(kept).toHaveLength(1);
});
