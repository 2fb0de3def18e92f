/**
 * The Python interpreter of these tests: MADDPG_TEST_PYTHON, else python3. What needs a package that it does not
 * have is skipped, and the name of the test says which.
 */
import { spawnSync } from 'node:child_process';

export const PYTHON = process.env['MADDPG_TEST_PYTHON'] ?? 'python3';

/** Whether the interpreter can import a package. */
export function pythonHas(name: string): boolean {
  return spawnSync(PYTHON, ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0;
}

/** Whether a process is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
