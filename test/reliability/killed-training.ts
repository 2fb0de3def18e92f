/** Trains through the command line, in a folder of its own, and kills the process at a chosen point. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/maddpg.js', import.meta.url));
const PRELOAD = new URL('kill-at-call.js', import.meta.url).href;
/** These trainings take a second or two. */
const HANGS_MS = 60_000;

/** When to kill: so long after the start, or at a file system call of a thread (kill-at-call.js). */
export type Kill = { readonly ms: number } | CallKill;

export interface CallKill {
  readonly thread: number;
  /** The thread's so many-th call, from 0. */
  readonly call: number;
  /** After half of the call; else before it. */
  readonly half: boolean;
}

interface Exit {
  readonly code: number | null;
  readonly killed: boolean;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();

/** Ends what a failed test has left. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
process.once('exit', killAll);

export class KilledTraining {
  /** The run directory. */
  readonly run: string;
  readonly #folder: string;

  /** A training with this configuration (YAML) in `folder`, which is made. */
  constructor(folder: string, yaml: string) {
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'tiny.yaml'), yaml);
    this.#folder = fs.realpathSync(folder);
    this.run = path.join(folder, 'runs', 'run');
  }

  /**
   * Starts the training, or resumes it if it has begun. Resolves once the process is gone, with true if it was killed,
   * false if the training is complete. A run killed before its first checkpoint is removed and started again. Rejects if
   * the command says anything that it should not. `trace`: file for the names of its calls.
   */
  async train(kill?: Kill, trace?: string): Promise<boolean> {
    const begun = fs.existsSync(this.run);
    const args = begun ? ['--resume=runs/run'] : ['--config=tiny.yaml', '--name=run'];
    const { code, killed, stderr } = await this.#maddpg(['train', '--quiet', ...args], kill, trace);
    if (killed) return true;
    if (code === 0 && stderr === '') return false;
    // Killed after its last checkpoint: the refusal to resume has tidied up.
    if (code === 2 && stderr.startsWith('runs/run: expected an unfinished run, got one with all '))
      return false;
    const refused = /^runs\/run\S*: expected [^\n]+, got [^\n]+\n$/.test(stderr);
    if (!begun || code !== 2 || !refused || fs.existsSync(path.join(this.run, 'checkpoints', 'latest')))
      throw new Error(
        `${begun ? 'resuming' : 'starting'}: expected to train, got exit code ${code}: ${stderr}`,
      );
    fs.rmSync(this.run, { recursive: true });
    return this.train(kill);
  }

  #maddpg(args: readonly string[], kill?: Kill, trace?: string): Promise<Exit> {
    const ms = kill && 'ms' in kill ? kill.ms : undefined;
    const atCall = {
      folder: path.join(this.#folder, 'runs'),
      trace,
      kill: ms === undefined ? kill : undefined,
    };
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: this.#folder,
      // Unlike an argument, the variable reaches every thread, however it is started.
      env: { ...process.env, NODE_OPTIONS: `--import=${PRELOAD}`, KILL_AT_CALL: JSON.stringify(atCall) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running.add(child);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    let hangs = false;
    const timer = setTimeout(() => {
      hangs = ms === undefined;
      child.kill('SIGKILL');
    }, ms ?? HANGS_MS);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        running.delete(child);
        if (hangs) reject(new Error(`expected an end within ${HANGS_MS / 1000} s, got none: ${stderr}`));
        else resolve({ code, killed: signal === 'SIGKILL', stderr });
      });
    });
  }
}
