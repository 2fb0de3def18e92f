import { describe, expect, it } from 'vitest';
import { loadConfig, located } from '../../src/config/load.ts';
import { UserError } from '../../src/core/user-error.ts';

const text = 'seed: 1\nenv_options:\n  N: 3\n';

/** A fault with its location in a loaded configuration. */
function locatedFault(fault: string, options: Parameters<typeof loadConfig>[0]): string {
  return (located(new UserError(fault), loadConfig(options)) as UserError).message;
}

describe('located', () => {
  it("prefixes the key's location", () => {
    const options = { text, file: 'x.yaml', sets: ['env_options.M=4'] };
    const placed: [string, string][] = [
      ['seed: expected more', 'x.yaml:1:7: seed: expected more'],
      ['env_options.N: expected 2', 'x.yaml:3:6: env_options.N: expected 2'],
      ['env_options.M: expected N', '--set env_options.M=4: env_options.M: expected N'],
      ['runs/x: expected a run', 'runs/x: expected a run'],
      ['no key: expected one', 'no key: expected one'],
    ];
    for (const [fault, message] of placed) expect(locatedFault(fault, options)).toBe(message);
  });

  it('blames the given key if a default conflicts with it', () => {
    const sets = ['device=gpu'];
    const engine = 'engine: expected one that is installed';
    expect(locatedFault(engine, { sets })).toBe(`--set device=gpu: ${engine}`);
    const sharing = 'use_parameter_sharing: expected agents of equal widths';
    expect(locatedFault(sharing, { text, file: 'x.yaml', sets: ['env_id=simple_tag_v3'] })).toBe(
      `--set env_id=simple_tag_v3: ${sharing}`,
    );
    expect(locatedFault(sharing, { keys: { env_id: 'simple_tag_v3' } })).toBe(`config: ${sharing}`);
  });

  it('blames the file, or nothing, if no given key is the cause', () => {
    const fault = 'augmentation: expected none';
    expect(locatedFault(fault, { text, file: 'x.yaml' })).toBe(`x.yaml: ${fault}`);
    expect(locatedFault(fault, { sets: ['seed=3'] })).toBe(fault);
  });

  it('keeps exit codes and leaves other errors unchanged', () => {
    const loaded = loadConfig({ text });
    expect(located(new UserError('seed: no', { exitCode: 1 }), loaded)).toMatchObject({ exitCode: 1 });
    const other = new TypeError('seed: no');
    expect(located(other, loaded)).toBe(other);
  });
});
