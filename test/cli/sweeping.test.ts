/** `maddpg train --seeds`: arguments that it refuses before it plans. */
import { expect, it } from 'vitest';
import { trainSeeds } from '../../src/cli/sweeping.ts';

it.each([
  ['stop_at_return', '--set stop_at_return: expected key=value, got "stop_at_return"'],
  ['env_options={a', '--set env_options={a: env_options: expected a YAML value, got "{a"'],
])('refuses --set %s as train does', async (set, message) => {
  await expect(trainSeeds(2, { config: ['smoke.yaml'], set: [set] })).rejects.toThrow(
    expect.objectContaining({ message, exitCode: 2 }),
  );
});
