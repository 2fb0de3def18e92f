/** Trains through the command line, and measures the process from outside at each of its evaluations (Linux: /proc). */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/maddpg.js', import.meta.url));

/** The process and its files at one step. */
export interface Sample {
  readonly step: number;
  /** Resident memory. Unit: MiB. */
  readonly rss: number;
  /** Open file descriptors. */
  readonly descriptors: number;
  readonly threads: number;
  /** Folders of whole checkpoints. */
  readonly checkpoints: number;
  /** Size in bytes of each file of the run directory. */
  readonly bytes: ReadonlyMap<string, number>;
}

/** Trains with a configuration (YAML) as runs/run in `folder`. Rejects unless it ends with exit code 0. */
export function watch(folder: string, yaml: string): Promise<Sample[]> {
  fs.writeFileSync(path.join(folder, 'soak.yaml'), yaml);
  // V8 enlarges the young generation once, some time: a jump that is no leak.
  const young = '--max-semi-space-size=2';
  const child = spawn(process.execPath, [young, BIN, 'train', '--config=soak.yaml', '--name=run'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const samples: Sample[] = [];
  const lines: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    const step = /^step (\d+): return/.exec(line)?.[1];
    if (step === undefined) lines.push(line);
    // The last evaluation may be read when the process is gone.
    else if (child.exitCode === null)
      samples.push(measure(child.pid!, path.join(folder, 'runs/run'), Number(step)));
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(samples);
      else reject(new Error(`expected exit code 0, got ${code}:\n${lines.slice(-5).join('\n')}`));
    });
  });
}

function measure(pid: number, run: string, step: number): Sample {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const files = fs.readdirSync(run).map((name) => [name, fs.statSync(path.join(run, name))] as const);
  const checkpoints = path.join(run, 'checkpoints');
  return {
    step,
    rss: field('VmRSS') / 1024,
    descriptors: fs.readdirSync(`/proc/${pid}/fd`).length,
    threads: field('Threads'),
    checkpoints: fs.existsSync(checkpoints)
      ? fs.readdirSync(checkpoints).filter((name) => name.startsWith('step-')).length
      : 0,
    bytes: new Map(files.filter(([, stat]) => stat.isFile()).map(([name, { size }]) => [name, size])),
  };
}
