import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { checkEnvironment } from '../../../src/envs/custom/contract.ts';
import { loadMaker } from '../../../src/envs/custom/load.ts';
import { loadPolicy, train } from '../../../src/index.ts';
import { openEnvironments } from '../../../src/envs/open.ts';
import { randomActor } from '../../../src/evaluate/actors.ts';
import { episodeReturns } from '../../../src/evaluate/play.ts';
import { summarize } from '../../../src/evaluate/returns.ts';

const CONFIG = fileURLToPath(new URL('../../../examples/meeting.yaml', import.meta.url));

it('the example keeps the contract, and its two agents finish at different times', async () => {
  const { config } = loadConfig({ file: CONFIG });
  expect(pathToFileURL(config.env_id).href).toMatch(/\/examples\/meeting\.mjs$/);
  const make = await loadMaker(config.env_id);
  expect(checkEnvironment(() => make({}))).toMatchObject({ faults: [], agents: ['guide', 'visitor'] });
  // Random walkers rarely arrive: it takes ten episodes to see both finish.
  const { endedEarly } = checkEnvironment(() => make({ max_cycles: 200 }), { episodes: 10 });
  expect([...endedEarly].sort()).toEqual(['guide', 'visitor']);
});

it('the example learns: a short training takes the return from about -15 to above -4', async () => {
  const model_dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-example-'));
  try {
    const { config } = loadConfig({
      file: CONFIG,
      flags: { running_steps: 6000, threads: 1, name: 'meeting', model_dir },
    });
    const { run } = await train(config);
    const policy = await loadPolicy(run);
    const environments = await openEnvironments(config);
    const env = environments.make(1);
    const learned = summarize(env.spec, episodeReturns(env, policy.actor, 200, 5));
    const random = summarize(env.spec, episodeReturns(env, randomActor(env.spec, 5), 200, 5));
    environments.close();
    expect(random.mean).toBeLessThan(-12);
    expect(learned.mean).toBeGreaterThan(-4);
    // The visitor, which does not see the lantern, has learned to follow.
    expect(learned.per_agent['guide']!.mean).toBeGreaterThan(-4);
    expect(learned.per_agent['visitor']!.mean).toBeGreaterThan(-5);
  } finally {
    fs.rmSync(model_dir, { recursive: true });
  }
});
