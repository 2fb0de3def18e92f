/**
 * The thread that owns the Python process: it starts it, passes frames on and takes notice of its end. The main thread
 * sleeps meanwhile (python-process.ts), as VectorEnv.step is synchronous and pipes in Node are not.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { workerData, type MessagePort } from 'node:worker_threads';
import { FrameReader } from './frame-reader.ts';
import { END, ENDED, PID, SIGNAL, type PipeStart, type Reply } from './python-process.ts';

/** Bytes of the process's standard error that are kept. */
const TAIL = 8192;

/** Longest time that its last words are waited for after its end: who has inherited its pipes may hold them open. */
const LAST_WORDS_MS = 500;

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
  const tell = (): void => {
    ended({ kind: 'ended', how: signal ?? code!, errors: tail });
  };
  child.on('close', tell);
  setTimeout(tell, LAST_WORDS_MS).unref();
});
child.stderr.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-TAIL)));
// Writing to a process that has ended is no news: 'close' tells it.
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
