/**
 * The worker thread that owns the Python process: it starts the process, forwards frames and reports its exit. The main
 * thread sleeps meanwhile (python-process.ts), because VectorEnv.step is synchronous and Node's pipes are not.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { workerData, type MessagePort } from 'node:worker_threads';
import { FrameReader } from './frame-reader.ts';
import { END, ENDED, PID, SIGNAL, type PipeStart, type Reply } from './python-process.ts';

/** Bytes of standard error to keep. */
const TAIL = 8192;

/** How long to wait for remaining output after exit: a child of the process may hold its pipes open. */
const LAST_OUTPUT_MS = 500;

const { command, args, port, control } = workerData as PipeStart & { port: MessagePort; control: Int32Array };
let tail = '';
let end: Reply | undefined;
let waiting = false;
const answer = new FrameReader();

const child: ChildProcessWithoutNullStreams = spawn(command, args, {
  stdio: ['pipe', 'pipe', 'pipe'],
  env: { ...process.env, PYGAME_HIDE_SUPPORT_PROMPT: '1' },
  windowsHide: true,
});
if (child.pid !== undefined) Atomics.store(control, PID, child.pid);

child.on('error', (error: NodeJS.ErrnoException) => {
  ended({ kind: 'not started', reason: error.code ?? error.message });
});
child.on('exit', (code, signal) => {
  const report = (): void => {
    ended({ kind: 'ended', how: signal ?? code!, errors: tail });
  };
  child.on('close', report);
  setTimeout(report, LAST_OUTPUT_MS).unref();
});
child.stderr.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-TAIL)));
// EPIPE after the process died; 'close' reports that.
child.stdin.on('error', () => undefined);
child.stdout.on('data', (piece: Buffer) => {
  const bytes = answer.push(piece);
  if (bytes) reply({ kind: 'answer', bytes });
});

port.on('message', (request: Uint8Array | typeof END) => {
  waiting = true;
  if (end !== undefined) {
    reply(end);
    return;
  }
  if (request === END) {
    child.stdin.end();
    return;
  }
  const header = Buffer.alloc(4);
  header.writeUInt32LE(request.length);
  child.stdin.write(header);
  child.stdin.write(request);
});

function reply(message: Reply): void {
  if (!waiting) return;
  waiting = false;
  port.postMessage(message);
  wake();
}

function ended(how: Reply): void {
  end ??= how;
  Atomics.store(control, ENDED, 1);
  reply(end);
  wake();
}

function wake(): void {
  Atomics.add(control, SIGNAL, 1);
  Atomics.notify(control, SIGNAL);
}
