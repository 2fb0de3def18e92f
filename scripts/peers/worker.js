// A worker process of `npm run bench:peers`, pinned to one core where the system can: one JSON command and answer a line.
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { lastLine, PeerError } from './python.js';

/** One thread for every library. */
export const ONE_THREAD = {
  ...process.env,
  OMP_NUM_THREADS: '1',
  XLA_FLAGS: '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1',
  JAX_PLATFORMS: 'cpu',
};

const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** The command on the first core. @param {readonly string[]} command */
export function pinned(command) {
  return canPin ? ['taskset', '-c', '0', ...command] : command;
}

/** Waits for its next command without using a core. */
export class Worker {
  #child;
  #answers;
  #name;
  #printed = '';

  /** @param {string} name @param {readonly string[]} command @param {string} cwd where it may write */
  constructor(name, command, cwd) {
    const [program, ...args] = pinned(command);
    this.#name = name;
    this.#child = spawn(program, args, { cwd, env: ONE_THREAD, stdio: 'pipe' });
    this.#child.stderr.on('data', (text) => (this.#printed = `${this.#printed}${text}`.slice(-2000)));
    this.#child.stdin.on('error', () => undefined); // its end shows in ask()
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The answer to a command. Throws PeerError with the worker's last words if it ends instead. */
  async ask(command) {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#answers.next();
    if (!done) return JSON.parse(value);
    throw new PeerError(
      `bench:peers: expected a figure of ${this.#name} for ${JSON.stringify(command)}, got ${lastLine(this.#printed)}`,
    );
  }

  /** XuanCe's ignores SIGTERM. */
  end() {
    this.#child.kill('SIGKILL');
  }
}
