import { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { append } from '../../src/cli/arguments.ts';
import { oneValueEach } from '../../src/cli/once.ts';

/** Options of `program act <words>`. */
function parse(...words: string[]): unknown {
  const program = new Command();
  const command = program
    .command('act')
    .option('--seed <n>', 'with a parser and a default', Number, 0)
    .option('--name <name>', 'a text')
    .addOption(new Option('--policy <name>').choices(['random', 'noop']).default('noop'))
    .option('--set <key>', 'repeatable', append)
    .option('--json', 'a switch')
    .exitOverride();
  oneValueEach(program);
  program.parse(['act', ...words], { from: 'user' });
  return command.opts();
}

describe('an option that takes one value', () => {
  it.each([
    [['--seed=1', '--seed', '2'], '--seed: expected one value, got 1 and 2; leave one out'],
    [['--name=a', '--json', '--name=a'], '--name: expected one value, got a and a; leave one out'],
    [
      ['--policy=random', '--policy=noop'],
      '--policy: expected one value, got random and noop; leave one out',
    ],
  ])('is refused twice: %j', (words, message) => {
    expect(() => parse(...words)).toThrow(message);
  });

  it('is taken once, also over a default', () => {
    expect(parse('--seed=1', '--name=a', '--policy=random')).toEqual({
      seed: 1,
      name: 'a',
      policy: 'random',
    });
  });
});

it('repeatable options and switches may come twice', () => {
  expect(parse('--set=a', '--set=b', '--json', '--json')).toEqual({
    ...{ seed: 0, policy: 'noop' },
    set: ['a', 'b'],
    json: true,
  });
});
