/** The command line: loads only the requested subcommand, runs it, and reports what it throws. */
import { Command, CommanderError } from 'commander';
import { UserError } from '../core/user-error.ts';
import { VERSION } from '../version.ts';
import { UnknownOption } from './arguments.ts';
import { oneValueEach } from './once.ts';

/** Subcommands in the order of the help text. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<{ register: (program: Command) => void }>>> = {
  init: () => import('./init.ts'),
  train: () => import('./train.ts'),
  eval: () => import('./eval.ts'),
  runs: () => import('./runs.ts'),
  sweep: () => import('./sweep.ts'),
  report: () => import('./report.ts'),
  replay: () => import('./replay.ts'),
  export: () => import('./export.ts'),
  serve: () => import('./serve.ts'),
  import: () => import('./import.ts'),
  studio: () => import('./studio.ts'),
  config: () => import('./config.ts'),
  envs: () => import('./envs.ts'),
  bench: () => import('./bench.ts'),
  doctor: () => import('./doctor.ts'),
};

/** Runs a command line and returns its exit code (main.ts). */
export async function runProgram(argv: readonly string[]): Promise<number> {
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
        '  $ npx maddpg eval --checkpoint runs/spread\n' +
        '  $ npx maddpg runs\n',
    );
  const wanted = argv.find((word) => !word.startsWith('-'));
  const load = wanted !== undefined && Object.hasOwn(SUBCOMMANDS, wanted) ? SUBCOMMANDS[wanted] : undefined;
  for (const loader of load ? [load] : Object.values(SUBCOMMANDS)) (await loader()).register(program);
  oneValueEach(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    return await report(error);
  }
  return Number(process.exitCode ?? 0);
}

/** Prints an error without a stack trace and returns its exit code. */
async function report(error: unknown): Promise<number> {
  if (error instanceof UnknownOption) {
    process.stderr.write(await error.text());
    return 2;
  }
  // Commander has printed its message; --help and --version end here too, with exit code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    for (const fault of error.faults) process.stderr.write(`${fault}\n`);
    return error.exitCode;
  }
  const { pathFault } = await import('../core/system-error.ts');
  const fault = pathFault(error);
  if (fault !== undefined) {
    process.stderr.write(`${fault}\n`);
    return 2;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`maddpg: unexpected error: ${message}\n`);
  if (error instanceof Error && process.env['MADDPG_DEBUG']) process.stderr.write(`${String(error.stack)}\n`);
  else process.stderr.write('this is a bug, please report it; set MADDPG_DEBUG=1 for a stack trace\n');
  return 1;
}
