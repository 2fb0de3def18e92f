/** Keys of recurrent policies: XuanCe's files with use_rnn, what counts episodes, and what does not go with them. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { openChecked } from '../../src/run/train.ts';
import { faultsOf } from './faults.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const RECURRENT = ['use_rnn=True', 'representation=Basic_RNN'];
const MASTER = readdirSync(`${FIXTURES}master`).map(
  (name) => `${FIXTURES}master/${name}/simple_spread_v3.yaml`,
);

describe("XuanCe's files with use_rnn", () => {
  it.each(MASTER)('%s loads with the keys of its recurrent networks', async (file) => {
    const loaded = loadConfig({ file, sets: RECURRENT });
    expect(loaded.config).toMatchObject({
      ...{ use_rnn: true, rnn: 'GRU', fc_hidden_sizes: [64], recurrent_hidden_size: 64 },
      ...{ N_recurrent_layers: 1, dropout: 0, episode_length: 25, buffer_size: 100000, batch_size: 256 },
    });
    await expect(openChecked(loaded)).resolves.toBeDefined();
  });

  it('get a warning where they count transitions', () => {
    const file = MASTER.find((name) => name.includes('maddpg'))!;
    const said = (sets: readonly string[]): string[] =>
      loadConfig({ file, sets: [...RECURRENT, ...sets] })
        .warnings.slice(2)
        .map((line) => line.replace(file, 'x'));
    expect(said([])).toStrictEqual([
      'x:29:14: buffer_size 100000 counts episodes with use_rnn, up to 2500000 steps; the default is 5000 episodes',
      'x:30:13: batch_size 256 counts episodes with use_rnn, up to 6400 steps; the default is 32 episodes',
    ]);
    expect(said(['buffer_size=99999', 'batch_size=255'])).toStrictEqual([]);
  });

  it('of MASAC have layer normalization, which recurrent networks do not have', () => {
    const file = `${FIXTURES}1.4.4/masac/simple_spread_v3.yaml`;
    expect(faultsOf({ file, sets: RECURRENT })).toStrictEqual([
      '--set use_rnn=True: use_rnn: expected false with normalize LayerNorm (recurrent networks have no layer ' +
        'normalization), got true; set normalize to none or use_rnn to false',
    ]);
    const { config } = loadConfig({ file, sets: [...RECURRENT, 'normalize=none'] });
    expect(config.fc_hidden_sizes).toStrictEqual([64, 64, 64]);
  });

  it('need both use_rnn and Basic_RNN there; here, the representation alone is a fault', () => {
    expect(faultsOf({ text: 'representation: Basic_RNN' })).toStrictEqual([
      '<text>:1:17: representation: expected "Basic_Identical" or, with use_rnn, "Basic_RNN", got "Basic_RNN"; ' +
        'ignoring it would change the result',
    ]);
    expect(loadConfig({ text: 'use_rnn: true' }).config.use_rnn).toBe(true);
  });

  it('may have layers that Basic_RNN does not read, and the older name of N_recurrent_layers', () => {
    const text = 'use_rnn: true\nrepresentation_hidden_size: [64]\nrecurrent_layer_N: 2';
    const { config, warnings } = loadConfig({ text, file: 'x.yaml' });
    expect(config.N_recurrent_layers).toBe(2);
    expect(warnings).toStrictEqual([
      'x.yaml:2:29: representation_hidden_size has no effect: with use_rnn, these layers are fc_hidden_sizes',
    ]);
  });
});

describe('with use_rnn', () => {
  const configOf = (text: string): ReturnType<typeof loadConfig>['config'] => loadConfig({ text }).config;

  it('buffer_size and batch_size are 5000 and 32 episodes unless given', () => {
    const { buffer_size, batch_size } = configOf('use_rnn: true');
    expect([buffer_size, batch_size]).toStrictEqual([5000, 32]);
    expect(configOf('use_rnn: true\nbatch_size: 7')).toMatchObject({ buffer_size: 5000, batch_size: 7 });
    expect(configOf('use_rnn: false')).toMatchObject({ buffer_size: 100000, batch_size: 256 });
  });

  it('buffer_size need not be a multiple of parallels', () => {
    expect(configOf('use_rnn: true\nbuffer_size: 100\nparallels: 16').buffer_size).toBe(100);
  });

  it('episode_length is that of particle environments unless given', () => {
    const text = 'use_rnn: true\nenv_options: { max_cycles: 40 }\nstart_training: 0\nrunning_steps: 64000';
    expect(configOf(text)).toMatchObject({ episode_length: 40, decay_steps: 100 });
    expect(configOf(`${text}\nepisode_length: 50`).episode_length).toBe(50);
    expect(configOf('use_rnn: true').episode_length).toBe(25);
    expect(configOf(`${text}\nenv_name: custom\nenv_id: x.js`).episode_length).toBe(25);
  });

  it.each([
    ['replay: prioritized', 'uniform', 'priorities are those of transitions'],
    ['n_step: 3', '1', 'targets bootstrap from the next step'],
    ['ensemble_size: 2', '1', 'sub-policies are feed-forward'],
    ['infer_policies: true\nuse_parameter_sharing: false', 'false', 'approximate policies are feed-forward'],
    ['normalize: LayerNorm', 'none', 'recurrent networks have no layer normalization'],
  ])('%s is a fault', (given, only, why) => {
    const [key, value] = given.split(/: |\n/) as [string, string];
    const got = /^[a-zL]+$/i.test(value) && value !== 'true' ? `"${value}"` : value;
    expect(faultsOf({ text: `${given}\nuse_rnn: true` })).toStrictEqual([
      `<text>:1:${key.length + 3}: ${key}: expected ${only} with use_rnn true (${why}), got ${got}; set ${key} to ${only} or use_rnn to false`,
    ]);
  });

  it.each([
    [
      'sequence_length: 26',
      '1:18: sequence_length: expected at most episode_length (25), got 26; lower sequence_length, or set it to null for whole episodes',
    ],
    [
      'episode_length: 9\nsequence_length: 10',
      '2:18: sequence_length: expected at most episode_length (9), got 10; lower sequence_length, or set it to null for whole episodes',
    ],
    [
      'burn_in: 5',
      '1:10: burn_in: expected 0 without sequence_length (whole episodes begin with zero states), got 5; set sequence_length or take burn_in out',
    ],
    [
      'sequence_length: 10\naugmentation: symmetries',
      '2:15: augmentation: expected none with sequence_start stored (stored states have no mirror images), got "symmetries"; set sequence_start to zeros, with burn_in, or augmentation to none',
    ],
    [
      'burn_in: 11\nsequence_length: 10',
      '1:10: burn_in: expected at most sequence_length (10), got 11; lower burn_in or raise sequence_length',
    ],
  ])('%j is a fault', (given, fault) => {
    expect(faultsOf({ text: `${given}\nuse_rnn: true` })).toStrictEqual([`<text>:${fault}`]);
  });

  it('sequences are as long as episodes at most, and burn-in as long as they', () => {
    const keys = { use_rnn: true, sequence_length: 25, burn_in: 25 };
    expect(loadConfig({ keys }).config).toMatchObject(keys);
    expect(configOf('use_rnn: true')).toMatchObject({ sequence_length: null, burn_in: 0 });
  });

  it('batch_size counts sequences, if there are some', () => {
    const text = 'use_rnn: true\nsequence_length: 10\nbatch_size: 256';
    expect(loadConfig({ text, file: 'x.yaml' }).warnings).toStrictEqual([
      'x.yaml:3:13: batch_size 256 counts sequences with use_rnn, up to 2560 steps; the default is 32 sequences',
    ]);
  });

  it('keys of transitions have no effect, and keys of recurrence have none without it', () => {
    const said = (text: string): readonly string[] => loadConfig({ text, file: 'x.yaml' }).warnings;
    expect(said('use_rnn: true\ntraining_frequency: 5\ntrain_per_step: false\ndropout: 0.1')).toStrictEqual([
      'x.yaml:4:10: dropout has no effect: it acts between recurrent layers, and there is one',
      'x.yaml:2:21: training_frequency has no effect: with use_rnn, updates follow rounds of episodes',
      'x.yaml:3:17: train_per_step has no effect: with use_rnn, updates follow rounds of episodes',
    ]);
    expect(said('use_rnn: true\nN_recurrent_layers: 2\ndropout: 0.1')).toStrictEqual([]);
    expect(
      said(
        'rnn: LSTM\nfc_hidden_sizes: [32]\nepisode_length: 50\nrecurrent_critics: false\nsequence_length: 9\nburn_in: 4',
      ),
    ).toStrictEqual([
      'x.yaml:1:6: rnn has no effect: use_rnn is false',
      'x.yaml:2:18: fc_hidden_sizes has no effect: use_rnn is false',
      'x.yaml:4:20: recurrent_critics has no effect: use_rnn is false',
      'x.yaml:3:17: episode_length has no effect: use_rnn is false',
      'x.yaml:5:18: sequence_length has no effect: use_rnn is false',
      'x.yaml:6:10: burn_in has no effect: use_rnn is false',
    ]);
  });
});
