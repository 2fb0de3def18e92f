import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { showConfig } from '../../src/config/show.ts';
import { CASES, checkpointOf, configOf } from '../import/xuance-cases.ts';
import { runCli, temporaryFolder } from './run-cli.ts';

const cwd = temporaryFolder();
const PTH = checkpointOf('matd3_independent');

beforeAll(() => {
  fs.writeFileSync(path.join(cwd, 'x.yaml'), showConfig(configOf(CASES['matd3_independent']!).config));
});

const cli = (...args: string[]): ReturnType<typeof runCli> => runCli(cwd, args);

describe('maddpg import', () => {
  it('makes a run that eval, init_from, resume and export take', async () => {
    const made = await cli('import', PTH, '--from=xuance', '--config=x.yaml', '--name=theirs');
    expect(made.stdout).toBe(
      `runs/theirs: ${PTH}, after 3 updates\n\n` +
        'npx maddpg eval --checkpoint runs/theirs\nnpx maddpg train --resume runs/theirs\n',
    );
    expect(made.code).toBe(0);
    expect((await cli('eval', '--checkpoint=runs/theirs', '--episodes=2')).code).toBe(0);
    const tiny = ['--set=running_steps=200', '--set=start_training=20', '--quiet'];
    const next = await cli('train', '--config=x.yaml', '--set=init_from=runs/theirs', '--name=next', ...tiny);
    expect(next.code).toBe(0);
    expect((await cli('export', 'runs/theirs', '--format=xuance')).code).toBe(0);
    const resumed = await cli('train', '--resume=runs/theirs', ...tiny, '--json');
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ steps: 200, updates: 3 + 18 });
    const weights = fs
      .readdirSync(path.join(cwd, 'runs/theirs/checkpoints'))
      .filter((name) => name.startsWith('step-'))
      .map((name) => path.join('runs/theirs/checkpoints', name, 'weights.safetensors'));
    const again = await cli('import', weights[0]!, '--from=safetensors', '--config=x.yaml', '--name=again');
    expect(again.code).toBe(0);
  }, 120_000);

  it('refuses what does not fit with one line and exit code 2, and writes nothing', async () => {
    const other = await cli('import', PTH, '--from=xuance', '--config=x.yaml', '--set=agent=MADDPG');
    expect(other.stderr).toContain(
      `${PTH}: expected critic.agent_0.model.0.weight of shape [12, 34], in float32, got none; ` +
        'use the configuration that XuanCe 1.4.4 trained with',
    );
    expect(other.code).toBe(2);
    const recurrent = await cli('import', PTH, '--from=xuance', '--config=x.yaml', '--set=use_rnn=true');
    expect(recurrent.stderr).toContain(
      `${PTH}: expected actor_representation.agent_0.mlp.0.weight of shape [64, 12], in float32, got none; ` +
        'use the configuration that XuanCe 1.4.4 trained with',
    );
    expect(recurrent.code).toBe(2);
    const none = await cli('import', 'none.pth', '--from=xuance', '--config=x.yaml');
    expect(none.stderr).toContain('none.pth: expected a checkpoint to import, got no such file');
    expect(none.code).toBe(2);
    const text = await cli('import', 'x.yaml', '--from=xuance', '--config=x.yaml');
    expect(text.stderr).toContain('x.yaml: expected a checkpoint of PyTorch, got something else');
    expect(text.code).toBe(2);
    expect(fs.readdirSync(path.join(cwd, 'runs')).sort()).toEqual(['again', 'next', 'theirs']);
  }, 60_000);
});
