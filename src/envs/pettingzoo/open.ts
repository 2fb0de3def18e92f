/**
 * Environments of PettingZoo's parallel API in Python: one child process (server.py) holds all of them. Here the
 * process is started and asked, and what it answers is turned into arrays or into one line that says what is wrong.
 */
import { fileURLToPath } from 'node:url';
import { UserError } from '../../core/user-error.ts';
import { specOf } from '../custom/custom-environment.ts';
import type { EnvironmentFactory } from '../environment-factory.ts';
import { EnvironmentFailure } from '../errors.ts';
import { box, type Space } from '../spaces.ts';
import { PythonProcess, type Loss } from './python-process.ts';
import { PettingZooVectorEnv } from './vector.ts';

export interface PettingZooOptions {
  /** A Python module with `parallel_env`, such as mpe2.simple_spread_v3. */
  readonly module: string;
  /** Arguments of parallel_env(). */
  readonly options: Readonly<Record<string, unknown>>;
  /** The interpreter. */
  readonly python: string;
  /** Longest time for one answer, in seconds. */
  readonly timeout: number;
}

/** Seconds that the process's own watchdog, which says where it hangs, has before it is given up from here. */
const GRACE = 5;

/** Seconds that the environments have to close; CLOSING of server.py is the same. */
const CLOSING = 5;

/** The exit code of server.py, and of programs in general, where Ctrl-C ends it. */
const INTERRUPTED = 130;

/** The same file from src/ and from dist/; the package holds it. */
const SERVER = fileURLToPath(new URL('../../../src/envs/pettingzoo/server.py', import.meta.url));

/** Starts Python and loads the module. @throws UserError `python: ...`, `env_id: ...` or `env_options: ...` */
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

/** What the process says is wrong. */
interface Refusal {
  readonly where: string;
  readonly error: string;
}

export class PettingZoo implements EnvironmentFactory {
  readonly #options: PettingZooOptions;
  readonly #process: PythonProcess;
  #loaded: Loaded | undefined;
  /** Whether the process has ended before its time, or was ended. */
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
    this.#loaded = this.#json('O', { module, options, timeout }, 'loading it') as Loaded;
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
    const handle = this.#json('M', count, 'making it') as number;
    return new PettingZooVectorEnv(name, this.#options.module, spec, count, handle, (bytes, doing) =>
      this.#ask(bytes, doing),
    );
  }

  /** Closes the environments in Python. What goes wrong there is a warning: what they were used for has been done. */
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

  /** One frame there and back. `doing` completes the sentence of a failure. */
  #ask(bytes: Uint8Array, doing: string): Uint8Array {
    const { timeout } = this.#options;
    const reply = this.#process.request(bytes, timeout + GRACE);
    if (reply?.kind !== 'answer') {
      this.#lost = true;
      throw this.#failure(reply, doing, timeout, '; if it only needs longer, raise python_timeout');
    }
    if (reply.bytes[0] === 'X'.charCodeAt(0))
      throw this.#refusal(JSON.parse(new TextDecoder().decode(reply.bytes.subarray(1))) as Refusal, doing);
    return reply.bytes;
  }

  #refusal({ where, error }: Refusal, doing: string): UserError {
    const { module, python } = this.#options;
    const top = module.split('.')[0]!;
    switch (where) {
      case 'python':
        return new UserError(`python: expected an interpreter with PettingZoo, got ${python}, ${error}`);
      case 'module': {
        const install = error.includes(`'${top}'`) ? `; install it: ${python} -m pip install ${top}` : '';
        return new UserError(
          `env_id: expected a Python module that can be imported, got ${module}: ${error}${install}`,
        );
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
          `env_id: expected observations in Box or Discrete spaces, and actions in Discrete ones or in Boxes with the ` +
            `same finite bounds for all components, got ${module} with ${error}`,
        );
      case 'outcome':
        return new EnvironmentFailure(`${module}: ${error}`);
      default:
        return new EnvironmentFailure(`${module}: Python failed ${doing}: ${error}`);
    }
  }

  /** `hint` follows where the process has taken longer than `seconds`. */
  #failure(reply: Loss | undefined, doing: string, seconds: number, hint = ''): UserError {
    const { module, python } = this.#options;
    if (reply?.kind === 'not started')
      return new UserError(
        `python: expected a Python interpreter, got ${python}, which cannot be started (${reply.reason}); ` +
          'install Python 3, or name another one with the key python',
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
        (last === '' ? '' : `; its last line was: ${last}`),
    );
  }
}

/** A file is no module: Python finds modules by their names. */
function requireModuleName(module: string): void {
  if (!/[/\\]|^\.|\.py$/.test(module)) return;
  const name = /([^/\\.]+)(?:\.py)?$/.exec(module)?.[1] ?? 'my_env';
  throw new UserError(
    `env_id: expected the name of a Python module such as mpe2.simple_spread_v3, got ${module}; for a file ${name}.py ` +
      `write env_id: ${name}, and run in its folder or put that into PYTHONPATH`,
  );
}

/** ` (at env.py:12 in step)` from what the watchdog of server.py has written; undefined where it has not. */
function placeOfTimeout(errors: string): string | undefined {
  const [, dump] = /^Timeout \(.*\)!\n(.*)$/ms.exec(errors) ?? [];
  if (dump === undefined) return undefined;
  const main = dump.split(/^Thread /m).at(-1)!;
  const [, file, line, name] = /File "([^"]*)", line (\d+) in (\S+)/.exec(main) ?? [];
  return file === undefined ? '' : ` (stuck at ${file.split('/').at(-1)!}:${line!} in ${name!})`;
}
