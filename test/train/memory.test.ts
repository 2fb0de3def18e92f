import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import { openChecked } from '../../src/run/train.ts';
import { requireMemory, type Machine } from '../../src/train/memory.ts';

const MACHINE: Machine = { memory: 8 * 2 ** 30, allocates: (): boolean => true, cores: 2 };

function fault(keys: Readonly<Partial<Config>>, machine = MACHINE): string {
  const { config } = loadConfig({ keys });
  const { spec } = makeVectorEnv(config.env_id, { ...config.env_options, continuous_actions: true }, 1);
  const engine = config.engine === 'auto' ? 'wasm' : config.engine;
  try {
    requireMemory(config, spec, engine, machine);
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2 });
    return (error as Error).message;
  }
  return 'none';
}

describe('requireMemory', () => {
  it.each<[Readonly<Partial<Config>>, string]>([
    [
      { actor_hidden_size: [6000, 6000] },
      'actor_hidden_size: expected networks and batches of at most 2 GiB with',
    ],
    [
      { critic_hidden_size: [100_000, 100_000] },
      'critic_hidden_size: expected networks and batches of at most 2 GiB',
    ],
    [
      { actor_hidden_size: [1_000_000] },
      'actor_hidden_size: expected networks and batches of at most 2 GiB with',
    ],
    [
      { batch_size: 3_000_000, buffer_size: 3_200_000 },
      'batch_size: expected networks and batches of at most 2 GiB with engine wasm, got at least ',
    ],
    [
      { parallels: 1_000_000, buffer_size: 1_000_000, actor_hidden_size: [128, 128] },
      'parallels: expected networks and batches of at most 2 GiB with engine wasm, got at least ',
    ],
    [
      { engine: 'reference', critic_hidden_size: [100_000, 100_000] },
      'critic_hidden_size: expected networks and batches of at most 8 GiB with engine reference, got at least 74.6 GiB',
    ],
  ])('names the key to lower: %j', (keys, message) => {
    expect(fault(keys)).toContain(message);
  });

  it('takes wide networks where there is room', () => {
    expect(fault({ actor_hidden_size: [2000, 2000], critic_hidden_size: [2000, 2000] })).toBe('none');
    expect(fault({ engine: 'reference', critic_hidden_size: [10_000, 10_000] })).toBe('none');
  });

  it('refuses a replay buffer that will not fit', () => {
    // A step of simple_spread takes 2 * 54 + 15 + 3 * 3 + 1 = 133 numbers.
    const line = (got: string): string =>
      `buffer_size: expected a replay buffer that fits into memory, got ${got} of 8 GiB; lower it`;
    expect(fault({ buffer_size: 16_146_480, running_steps: 1e9 })).toBe('none');
    expect(fault({ buffer_size: 16_146_496, running_steps: 1e9 })).toBe(
      line('16146496 steps of 532 bytes, 8 GiB'),
    );
    const prioritized = { buffer_size: 16_000_000, running_steps: 1e9, replay: 'prioritized' } as const;
    expect(fault(prioritized)).toBe(line('16000000 steps of 548 bytes, 8.17 GiB'));
    expect(fault({ buffer_size: 16_000 }, { ...MACHINE, allocates: (n) => n < 133 * 16_000 })).toBe(
      line('16000 steps of 532 bytes, 0.00793 GiB'),
    );
  });

  it('counts episodes with use_rnn', () => {
    // An episode of 25 steps takes 26 * 54 + 25 * (15 + 3 * 3) = 2004 numbers, and 8 bytes.
    expect(fault({ use_rnn: true, buffer_size: 1_070_530, running_steps: 1e9 })).toBe('none');
    expect(fault({ use_rnn: true, buffer_size: 1_070_531, running_steps: 1e9 })).toBe(
      'buffer_size: expected a replay buffer that fits into memory, got 1070531 episodes of 8024 bytes, 8 GiB of 8 GiB; lower it',
    );
    expect(fault({ use_rnn: true, buffer_size: 1_070_531, running_steps: 1e7 })).toBe('none');
  });

  it('counts the states that sequences begin with', () => {
    // Sequences of 10 steps begin at 0, 5, 10 and 15; three agents have 64 numbers each. And 16 bytes.
    const sequences = { use_rnn: true, sequence_length: 10, burn_in: 5, running_steps: 1e9 } as const;
    const bytes = 4 * (2004 + 3 * 3 * 64) + 16;
    expect(fault({ ...sequences, buffer_size: Math.floor(2 ** 33 / bytes) })).toBe('none');
    expect(fault({ ...sequences, buffer_size: 1 + Math.floor(2 ** 33 / bytes) })).toContain(
      `episodes of ${bytes} bytes, 8 GiB of 8 GiB`,
    );
    expect(fault({ ...sequences, rnn: 'LSTM', buffer_size: 700_000 })).toContain(
      `episodes of ${bytes + 4 * 3 * 3 * 64} bytes`,
    );
  });

  it('takes a replay buffer that the run does not fill', () => {
    expect(fault({ buffer_size: 32_000_000, running_steps: 1_000_000 })).toBe('none');
  });

  it('runs in a check, with the place of the key', async () => {
    const loaded = loadConfig({ text: 'critic_hidden_size: [100000, 100000]\nengine: wasm', file: 'x.yaml' });
    await expect(openChecked(loaded)).rejects.toThrow(
      'x.yaml:1:21: critic_hidden_size: expected networks and batches of at most 2 GiB',
    );
  });

  it('counts the networks of groups that infer each other', () => {
    const keys = {
      env_options: { N: 60 },
      use_parameter_sharing: false,
      infer_policies: true,
      running_steps: 10_000,
    } as const;
    expect(fault(keys)).toContain('got at least 9.68 GiB');
  });
});
