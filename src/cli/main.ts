/**
 * CLI entry point: answers --version at once, leaves the rest to program.ts, and sets the exit code: 0 success, 1 runtime
 * failure, 2 invalid input, 130 interrupted.
 */
import { cacheCompiledCode } from './compile-cache.ts';
import { VERSION } from '../version.ts';

// A reader that closes the pipe early (head) has what it wants.
process.stdout.on('error', ({ code = 'an error' }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(); // with process.exitCode
  process.stderr.write(`standard output: expected a writable stream, got ${code}\n`);
  process.exit(1);
});
// Nor may a closed standard error end a run: log.jsonl has what it would have said.
process.stderr.on('error', () => undefined);

const [first, ...others] = process.argv.slice(2);
// Older releases had -V.
if (first === '-v' || first === '-V' || first === '--version') process.stdout.write(`${VERSION}\n`);
else {
  cacheCompiledCode();
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(first === undefined ? [] : [first, ...others]);
}
