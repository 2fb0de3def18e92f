/**
 * CLI entry point: loads only the requested subcommand and sets the exit code: 0 success, 1 runtime failure, 2 invalid
 * input, 130 interrupted.
 */
import { Command, CommanderError } from 'commander';
import { UserError } from '../core/user-error.ts';
import { VERSION } from '../version.ts';
import { oneValueEach } from './once.ts';

/** Subcommands in the order of the help text. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<{ register: (program: Command) => void }>>> = {
  train: () => import('./train.ts'),
  eval: () => import('./eval.ts'),
  config: () => import('./config.ts'),
  envs: () => import('./envs.ts'),
  bench: () => import('./bench.ts'),
  doctor: () => import('./doctor.ts'),
};

async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('maddpg')
    .description(
      'Train multi-agent actor-critic policies (MADDPG, MATD3, IDDPG, ISAC, MASAC) from a YAML file.',
    )
    .version(VERSION, '-v, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ npx maddpg train --config mpe.yaml --name spread\n' +
        '  $ npx maddpg eval --checkpoint runs/spread\n',
    );
  const wanted = argv.find((word) => !word.startsWith('-'));
  const load = wanted === undefined ? undefined : SUBCOMMANDS[wanted];
  const all = /^(-v|--version)$/.test(argv[0] ?? '') ? [] : Object.values(SUBCOMMANDS);
  for (const loader of load ? [load] : all) (await loader()).register(program);
  oneValueEach(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    return report(error);
  }
  return Number(process.exitCode ?? 0);
}

/** Prints an error without a stack trace and returns its exit code. */
function report(error: unknown): number {
  // Commander has printed its message; --help and --version end here too, with exit code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    for (const fault of error.faults) process.stderr.write(`${fault}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`maddpg: unexpected error: ${message}\n`);
  if (error instanceof Error && process.env['MADDPG_DEBUG']) process.stderr.write(`${String(error.stack)}\n`);
  else process.stderr.write('this is a bug, please report it; set MADDPG_DEBUG=1 for a stack trace\n');
  return 1;
}

// A reader that closes the pipe early (head) has what it wants.
process.stdout.on('error', ({ code = 'an error' }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(); // with process.exitCode
  process.stderr.write(`standard output: expected to take what is printed, got ${code}\n`);
  process.exit(1);
});
// Nor may a closed standard error end a training: log.jsonl has what it would have said.
process.stderr.on('error', () => undefined);
const [first, ...others] = process.argv.slice(2);
// Older releases had -V.
process.exitCode = await main(first === undefined ? [] : [first === '-V' ? '-v' : first, ...others]);
