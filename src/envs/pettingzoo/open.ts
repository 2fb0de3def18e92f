/**
 * Environments with PettingZoo's parallel API in Python: one child process (server.py) holds all of them. This file
 * starts it, sends requests, and turns the replies into arrays or one-line errors.
 */
import { fileURLToPath } from 'node:url';
import { shellQuote } from '../../core/shell-quote.ts';
import { UserError } from '../../core/user-error.ts';
import { specOf } from '../custom/custom-environment.ts';
import type { EnvironmentFactory } from '../environment-factory.ts';
import { EnvironmentFailure } from '../errors.ts';
import { environmentIds } from '../registry.ts';
import { box, type Space } from '../spaces.ts';
import { PythonProcess, type Loss } from './python-process.ts';
import { PettingZooVectorEnv } from './vector.ts';

export interface PettingZooOptions {
  /** A Python module with `parallel_env`, such as mpe2.simple_spread_v3. */
  readonly module: string;
  /** Arguments of parallel_env(). */
  readonly options: Readonly<Record<string, unknown>>;
  /** The Python interpreter. */
  readonly python: string;
  /** Timeout per request, in seconds. */
  readonly timeout: number;
}

/** Extra seconds for the process's own watchdog, which reports where it hangs, before we kill the process. */
const GRACE = 5;

/** Seconds the environments have to close. Equal to CLOSING in server.py. */
const CLOSING = 5;

/** Exit code of a program ended by Ctrl-C, server.py included. */
const INTERRUPTED = 130;

/** The same path from src/ and dist/; the package includes it. */
const SERVER = fileURLToPath(new URL('../../../src/envs/pettingzoo/server.py', import.meta.url));

/** Starts Python and imports the module. @throws UserError `python: ...`, `env_id: ...` or `env_options: ...` */
export function openPettingZoo(options: PettingZooOptions): PettingZoo {
  requireModuleName(options.module);
  const opened = new PettingZoo(options);
  try {
    opened.load();
  } catch (error) {
    opened.close();
    throw error;
  }
  return opened;
}

interface Loaded {
  readonly name: string;
  readonly agents: readonly { readonly name: string; readonly observation: number; readonly action: Space }[];
}

/** An error reply: the key or place at fault, and the message. */
interface Refusal {
  readonly where: string;
  readonly error: string;
}

export class PettingZoo implements EnvironmentFactory {
  readonly #options: PettingZooOptions;
  readonly #process: PythonProcess;
  #loaded: Loaded | undefined;
  /** Whether the process died early or was killed. */
  #lost = false;
  #closed = false;

  constructor(options: PettingZooOptions) {
    this.#options = options;
    this.#process = new PythonProcess({ command: options.python, args: ['-u', SERVER] });
  }

  /** Id of the Python process. */
  get pid(): number {
    return this.#process.pid;
  }

  load(): void {
    const { module, options, timeout } = this.#options;
    this.#loaded = this.#json('O', { module, options, timeout }, 'while loading') as Loaded;
  }

  make(count: number): PettingZooVectorEnv {
    const { name, agents } = this.#loaded!;
    const spec = specOf(
      agents.map(({ name: agent, observation, action }) => ({
        name: agent,
        observation: box(observation),
        action,
      })),
    );
    const handle = this.#json('M', count, 'in parallel_env()') as number;
    return new PettingZooVectorEnv(name, this.#options.module, spec, count, handle, (bytes, doing) =>
      this.#ask(bytes, doing),
    );
  }

  /** Closes the environments in Python. Failures are only warnings: the environments have done their job. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const reply = this.#process.close(CLOSING + GRACE);
    if (this.#lost || (reply?.kind === 'ended' && reply.how === 0)) return;
    process.emitWarning(this.#failure(reply, 'in close()', CLOSING).message, 'maddpg');
  }

  #json(letter: string, value: unknown, doing: string): unknown {
    const answer = this.#ask(new TextEncoder().encode(letter + JSON.stringify(value)), doing);
    return JSON.parse(new TextDecoder().decode(answer.subarray(1)));
  }

  /** Sends a frame and returns the reply. `doing` completes an error message: `in step()`. */
  #ask(bytes: Uint8Array, doing: string): Uint8Array {
    const { timeout } = this.#options;
    const reply = this.#process.request(bytes, timeout + GRACE);
    if (reply?.kind !== 'answer') {
      this.#lost = true;
      throw this.#failure(reply, doing, timeout, '; if it is just slow, raise python_timeout');
    }
    if (reply.bytes[0] === 'X'.charCodeAt(0))
      throw this.#refusal(JSON.parse(new TextDecoder().decode(reply.bytes.subarray(1))) as Refusal, doing);
    return reply.bytes;
  }

  #refusal({ where, error }: Refusal, doing: string): UserError {
    const { module, python } = this.#options;
    const [top] = module.split('.');
    switch (where) {
      case 'python':
        return new UserError(
          `python: expected an interpreter with numpy and PettingZoo, got ${python}: ${error}`,
        );
      case 'module': {
        const hint = error.includes(`'${top}'`) ? `; ${missingModule(module, python)}` : '';
        return new UserError(`env_id: expected an importable Python module, got ${module}: ${error}${hint}`);
      }
      case 'parallel_env':
        return new UserError(
          `env_id: expected a Python module with parallel_env, got ${module}, which has none`,
        );
      case 'options':
        return new UserError(
          `env_options: expected arguments of ${module}.parallel_env, got an error: ${error}`,
        );
      case 'spaces':
        return new UserError(
          'env_id: expected Box, Discrete or MultiBinary observations, and Discrete actions or Box actions with the ' +
            `same finite bounds for all components, got ${module} with ${error}`,
        );
      case 'outcome':
        return new EnvironmentFailure(`${module}: ${error}`);
      default:
        return new EnvironmentFailure(`${module}: Python failed ${doing}: ${error}`);
    }
  }

  /** @param hint appended if the process took longer than `seconds` */
  #failure(reply: Loss | undefined, doing: string, seconds: number, hint = ''): UserError {
    const { module, python } = this.#options;
    if (reply?.kind === 'not started')
      return new UserError(
        `python: expected a Python interpreter, got ${python}, which cannot be started (${reply.reason}); ` +
          'install Python 3, or set the key python to another interpreter',
      );
    const stuck = reply === undefined ? '' : placeOfTimeout(reply.errors);
    if (stuck !== undefined)
      return new EnvironmentFailure(
        `${module}: expected an answer from Python within ${seconds} s, got none ${doing}${stuck}${hint}`,
      );
    const { how, errors } = reply!;
    if (how === INTERRUPTED)
      return new UserError(`${module}: interrupted by Ctrl-C ${doing}`, { exitCode: INTERRUPTED });
    const last = errors.trimEnd().split('\n').at(-1)!;
    return new EnvironmentFailure(
      `${module}: the Python process ended ${doing} (${typeof how === 'number' ? `exit code ${how}` : how})` +
        (last === '' ? '' : `; its last output: ${last}`),
    );
  }
}

/** Packages with PettingZoo environments that pip installs under their module's name. */
const KNOWN_PACKAGES: readonly (string | undefined)[] = ['mpe2', 'pettingzoo'];

/** What to do if Python does not find the top-level module. */
function missingModule(module: string, python: string): string {
  const [top] = module.split('.');
  if (KNOWN_PACKAGES.includes(top)) return `install it: ${shellQuote(python)} -m pip install ${top!}`;
  if (environmentIds().includes(module)) return `did you mean mpe2.${module}?`;
  return 'for a module of your own, run in its folder or add that folder to PYTHONPATH';
}

/** @throws UserError for a file name: Python finds modules by name */
export function requireModuleName(module: string): void {
  if (!/[/\\]|^\.|\.py$/.test(module)) return;
  const name = /([^/\\.]+)(?:\.py)?$/.exec(module)?.[1] ?? 'my_env';
  throw new UserError(
    `env_id: expected the name of a Python module such as mpe2.simple_spread_v3, got ${module}; for a file ${name}.py ` +
      `set env_id: ${name}, and run in its folder or add that folder to PYTHONPATH`,
  );
}

/** ` (stuck at env.py:12 in step)` from the traceback of server.py's watchdog; undefined if there is none. */
function placeOfTimeout(errors: string): string | undefined {
  const [, dump] = /^Timeout \(.*\)!\n(.*)$/ms.exec(errors) ?? [];
  if (dump === undefined) return undefined;
  const main = dump.split(/^Thread /m).at(-1)!;
  const [, file, line, name] = /File "([^"]*)", line (\d+) in (\S+)/.exec(main) ?? [];
  return file === undefined ? '' : ` (stuck at ${file.split('/').at(-1)!}:${line!} in ${name!})`;
}
