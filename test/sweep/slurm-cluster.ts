/** A private Slurm cluster of one node, from Debian's slurm-wlm and munge: its own configuration, ports and daemons. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, programAt } from './servers.ts';

/** Why no cluster can run here; undefined if one can. */
export function slurmLacks(): string | undefined {
  if (process.geteuid?.() !== 0) return 'root, as whom Slurm starts jobs';
  return ['munged', 'slurmctld', 'slurmd', 'sbatch', 'scontrol'].find(
    (name) => programAt(name) === undefined,
  );
}

export interface SlurmCluster {
  /** Variables with which Slurm's commands find it. */
  readonly env: Readonly<Record<string, string>>;
  readonly slurm: (program: string, ...args: readonly string[]) => string;
  /** Rejects after `seconds` without `isIt`. */
  readonly until: (isIt: () => boolean, seconds: number) => Promise<void>;
  stop(): void;
}

export async function startSlurm(): Promise<SlurmCluster> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-slurm-'));
  fs.chmodSync(folder, 0o755); // munge wants its socket's folder to be open
  const at = (name: string): string => path.join(folder, name);
  fs.writeFileSync(at('munge.key'), randomBytes(1024), { mode: 0o600 });
  const host = os.hostname().split('.')[0]!;
  fs.writeFileSync(at('slurm.conf'), configuration(folder, host, await freePort(), await freePort()));
  for (const name of ['state', 'spool']) fs.mkdirSync(at(name));
  const env = { SLURM_CONF: at('slurm.conf') };
  const daemons: ChildProcess[] = [];
  const daemon = (program: string, ...args: readonly string[]): void => {
    daemons.push(spawn(programAt(program)!, args, { env: { ...process.env, ...env }, stdio: 'ignore' }));
  };
  const stop = (): void => {
    for (const child of daemons) child.kill('SIGKILL');
  };
  process.once('exit', stop);
  const slurm = (program: string, ...args: readonly string[]): string =>
    execFileSync(programAt(program)!, args, {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: 'pipe',
    });
  const until = async (isIt: () => boolean, seconds: number): Promise<void> => {
    const deadline = Date.now() + seconds * 1000;
    while (!isIt()) {
      if (Date.now() > deadline) throw new Error(`expected it within ${seconds} s: ${String(isIt)}`);
      await wait(200);
    }
  };
  const munge = ['munge.socket', 'munge.key', 'munge.pid', 'munge.seed', 'munge.log'].map(at);
  const flags = ['--socket', '--key-file', '--pid-file', '--seed-file', '--log-file'];
  daemon('munged', '--force', '--foreground', ...flags.map((flag, k) => `${flag}=${munge[k]!}`));
  await until(() => fs.existsSync(munge[0]!), 10);
  daemon('slurmctld', '-D', '-c');
  daemon('slurmd', '-D', '-N', host);
  const isIdle = (): boolean => {
    try {
      return slurm('sinfo', '--noheader', '--format=%T').trim() === 'idle';
    } catch {
      return false; // the controller does not listen yet
    }
  };
  try {
    await until(isIdle, 30);
  } catch (error) {
    stop();
    throw error;
  }
  return {
    env,
    slurm,
    until,
    stop: () => {
      stop();
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function configuration(folder: string, host: string, controllerPort: number, nodePort: number): string {
  return `
ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
SlurmUser=root
AuthType=auth/munge
# A job that is queued again waits for so many seconds: 120 by default, 5 at least.
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
AccountingStorageType=accounting_storage/none
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}
