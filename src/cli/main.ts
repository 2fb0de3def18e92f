/**
 * The command line: finds the subcommand, loads its file only, and turns every outcome into an exit code.
 * 0 done; 1 failed while running; 2 the user's input is at fault; 130 interrupted.
 */
import { Command, CommanderError } from 'commander';
import { UserError } from '../core/user-error.ts';
import { VERSION } from '../version.ts';

/** Subcommands in the order of the help text; each file adds its own to the program. */
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
    .description('Trains multi-agent deep deterministic policy gradient (MADDPG) from a YAML file.')
    .version(VERSION)
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
  const all = /^(-V|--version)$/.test(argv[0] ?? '') ? [] : Object.values(SUBCOMMANDS);
  for (const loader of load ? [load] : all) (await loader()).register(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    return report(error);
  }
  return Number(process.exitCode ?? 0);
}

/** Prints what went wrong, without a stack trace, and says which exit code it has. */
function report(error: unknown): number {
  // Commander has printed its own message; asking for help or the version is no fault.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    for (const fault of error.faults) process.stderr.write(`${fault}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`maddpg: unexpected error: ${message}\n`);
  if (error instanceof Error && process.env['MADDPG_DEBUG']) process.stderr.write(`${String(error.stack)}\n`);
  else process.stderr.write('set MADDPG_DEBUG=1 to see where; please report it\n');
  return 1;
}

// A reader that closes the pipe early, such as head, is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
// Nor may a closed standard error end a training: log.jsonl has what it would have said.
process.stderr.on('error', () => undefined);
process.exitCode = await main(process.argv.slice(2));
