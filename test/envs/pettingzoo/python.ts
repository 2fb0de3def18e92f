/** The Python interpreter for tests: MADDPG_TEST_PYTHON, else python3. Tests whose package it lacks are skipped by name. */
import { spawnSync } from 'node:child_process';

export const PYTHON = process.env['MADDPG_TEST_PYTHON'] ?? 'python3';

/** Whether the interpreter can import a package. */
export function pythonHas(name: string): boolean {
  return spawnSync(PYTHON, ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0;
}

/** Whether a process exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
