/** The worker: trains as the command line does, and tells the page about it. */
import {
  createWasmEngine,
  mpeEnvironments,
  Trainer,
  UserError,
  type Config,
  type RunStore,
} from '../src/browser.ts';
import type { Order, Report } from './protocol.ts';

/** The part of a worker's global scope that is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage(message: Report, transfer?: Transferable[]): void;
}
const scope = globalThis as unknown as Scope;

/** Milliseconds between messages with weights: the world acts with what was learned a moment ago. */
const WEIGHTS_MS = 33;

scope.onmessage = ({ data: order }) => {
  if (order.kind === 'train') train(order).catch(fail);
};

async function train({ config, kernels }: Extract<Order, { kind: 'train' }>): Promise<void> {
  const engine = await createWasmEngine({ ...kernels }, config);
  const factory = mpeEnvironments(config);
  const store: RunStore = {
    name: 'studio',
    record: (record) => {
      scope.postMessage({ kind: 'record', record });
    },
    save: () => Promise.resolve('none'),
    settle: () => Promise.resolve(),
    log: () => undefined,
  };
  scope.postMessage({
    kind: 'began',
    engine: engine.name,
    threads: engine.threads,
    notice: engine.notice ?? null,
  });
  let sentAt = -Infinity;
  const trainer: Trainer = new Trainer(config, { factory, evaluation: factory.make(1) }, engine, store, {
    onProgress: ({ step, updates }) => {
      const now = performance.now();
      if (now - sentAt < WEIGHTS_MS) return;
      sentAt = now;
      sendWeights(config, trainer, step, updates);
    },
    onWarning: (line) => {
      scope.postMessage({ kind: 'warning', line });
    },
  });
  const { ended, steps, updates } = await trainer.run();
  sendWeights(config, trainer, steps, updates);
  scope.postMessage({ kind: 'ended', reason: ended });
}

/** The actors that evaluations play. */
function sendWeights({ eval_policy }: Config, { policy }: Trainer, step: number, updates: number): void {
  const prefix = eval_policy === 'target' ? 'target_actor' : 'actor';
  const names = [...policy.networks.keys()].filter((name) => name.startsWith(prefix));
  const weights = new Map(names.map((name) => [name, policy.store.read('parameters', name)]));
  scope.postMessage(
    { kind: 'weights', step, updates, weights },
    [...weights.values()].map(({ buffer }) => buffer),
  );
}

function fail(error: unknown): void {
  const faults = error instanceof UserError ? error.faults : [`unexpected error: ${String(error)}`];
  scope.postMessage({ kind: 'failed', faults });
  if (!(error instanceof UserError)) throw error;
}
