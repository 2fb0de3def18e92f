/**
 * Mutated configurations: each is either a Config, frozen and readable from what `config show` prints, or a short list of
 * printable faults, within a second. Nothing else may be thrown, and train takes nothing that check refuses.
 */
import fc from 'fast-check';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { KEY_NAMES } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import { showConfig } from '../../src/config/show.ts';
import { packagedConfigs, readConfigText, resolveConfigPath } from '../../src/config/source.ts';
import { UserError } from '../../src/core/user-error.ts';
import { checkWithoutCode } from '../../src/run/train.ts';
import { runCli, temporaryFolder } from '../cli/run-cli.ts';
import { valueOf } from '../config/arbitrary.ts';
import { cases, firstSeed } from './scale.ts';
import { Mutations } from './mutations.ts';

const COUNT = cases(150, 10_000);
/** Each starts two or three processes. */
const CLI_COUNT = Math.min(300, Math.floor(cases(0, 10_000) / 30));

const KEYS_OF_ALL_KINDS = `
agent: {adversary: IDDPG, agent: MADDPG}
env_id: simple_tag_v3
env_options: {num_good: 1, num_adversaries: 3, max_cycles: 25}
use_parameter_sharing: [[adversary_0, adversary_1, adversary_2], [agent_0]]
actor_hidden_size: &sizes [32, 16]
critic_hidden_size: *sizes
lr_a: 0.01
runner: Pettingzoo_Runner
name: "a name"
running_steps: 10_000
start_training: 0
`;
const CUSTOM = 'env_name: custom\nenv_id: ./my-env.mjs\nenv_options: {a: [1, {b: null}]}\n';
const PETTINGZOO = 'env_name: pettingzoo\nenv_id: mpe2.simple_spread_v3\npython: python3\n';

const TEXTS = [
  ...packagedConfigs().map((name) => readConfigText(resolveConfigPath(name, process.cwd()))),
  showConfig(loadConfig({}).config),
  ...[KEYS_OF_ALL_KINDS, CUSTOM, PETTINGZOO],
];

/** The text of a case: a few mutations of a text, or a random value of a random key. */
function mutated(seed: number): string {
  const mutations = new Mutations(seed);
  let text = mutations.one(TEXTS);
  if (mutations.chance(0.3)) {
    const key = mutations.one(KEY_NAMES);
    const [value] = fc.sample(valueOf(key), { seed, numRuns: 1 });
    text += `\n${key}: ${JSON.stringify(value)}\n`;
  }
  return mutations.apply(text, mutations.one(TEXTS));
}

/** What became of a text. */
interface Outcome {
  readonly loaded?: LoadedConfig;
  readonly faults: readonly string[];
  /** Processor time of the process. */
  readonly ms: number;
}

async function outcomeOf(text: string): Promise<Outcome> {
  const before = process.cpuUsage();
  const ms = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  try {
    const loaded = loadConfig({ text, file: 'fuzz.yaml' });
    await checkWithoutCode(loaded);
    return { loaded, faults: [], ms: ms() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.exitCode).toBe(2);
    return { faults: error.faults, ms: ms() };
  }
}

function expectFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  Object.values(value).forEach(expectFrozen);
}

function expectSound({ loaded, faults, ms }: Outcome): void {
  expect(faults.length).toBeLessThanOrEqual(51);
  for (const line of [...faults, ...(loaded?.warnings ?? [])]) {
    expect(line).not.toMatch(/\p{Cc}|^default:/u);
    expect(line.length).toBeLessThanOrEqual(700);
  }
  expect(ms).toBeLessThan(1000);
  expect(Reflect.ownKeys(Object.prototype)).toStrictEqual(PROTOTYPE);
  if (!loaded) return;
  expectFrozen(loaded.config);
  const again = loadConfig({ text: showConfig(loaded.config), file: 'fuzz.yaml' }).config;
  // toStrictEqual() takes a key named constructor for the class of an object.
  expect(isDeepStrictEqual(again, loaded.config)).toBe(true);
}

const PROTOTYPE = Reflect.ownKeys(Object.prototype);

describe('mutated configurations', () => {
  it(
    'are accepted or refused, in time and in printable lines',
    async () => {
      const first = firstSeed('fuzz-configs');
      let [accepted, slowest, slowestSeed] = [0, 0, first];
      for (let seed = first; seed < first + COUNT; seed++) {
        try {
          const outcome = await outcomeOf(mutated(seed));
          expectSound(outcome);
          if (outcome.loaded) accepted++;
          if (outcome.ms > slowest) [slowest, slowestSeed] = [outcome.ms, seed];
        } catch (error) {
          throw new Error(`SEED=${seed} COUNT=1 repeats it`, { cause: error });
        }
      }
      console.info(
        `fuzz-configs: ${accepted} accepted, ${COUNT - accepted} refused, ` +
          `slowest ${slowest.toFixed(0)} ms (SEED=${slowestSeed})`,
      );
    },
    COUNT * 1000,
  );

  it.runIf(CLI_COUNT > 0)(
    'end the command line with 0 or 2, and train takes none that check refuses',
    async () => {
      const cwd = temporaryFolder();
      const first = firstSeed('fuzz-configs, command line');
      for (let seed = first; seed < first + CLI_COUNT; seed++) {
        fs.writeFileSync(path.join(cwd, 'fuzz.yaml'), mutated(seed));
        const check = await runCli(cwd, ['config', 'check', 'fuzz.yaml']);
        expect([0, 2], `SEED=${seed}`).toContain(check.code);
        if (check.code === 0) continue;
        const train = await runCli(cwd, ['train', '--config', 'fuzz.yaml']);
        expect(train, `SEED=${seed}`).toMatchObject({ code: 2, stdout: '' });
        const withoutWarnings = check.stderr.replace(/^warning: .*\n/gm, '');
        expect(train.stderr, `SEED=${seed}`).toBe(withoutWarnings);
        expect(fs.readdirSync(cwd), `SEED=${seed}`).toStrictEqual(['fuzz.yaml']);
      }
    },
    CLI_COUNT * 20_000,
  );
});
