/** The worker: trains as the command line does, and tells the page about it. */
import {
  baselinePlayer,
  BASELINES,
  buildPolicy,
  createWasmEngine,
  decodeSafetensors,
  MemoryRun,
  mpeEnvironments,
  ReferenceEngine,
  Trainer,
  UserError,
  type Config,
  type MemorySnapshot,
  type MetricRecord,
  type StoredSnapshot,
} from '../src/browser.ts';
import { Gate } from './gate.ts';
import type { Order, Report } from './protocol.ts';

/** The part of a worker's global scope that is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage(message: Report, transfer?: Transferable[]): void;
}
const scope = globalThis as unknown as Scope;

/** Milliseconds between messages with weights: the world acts with what was learned a moment ago. */
const WEIGHTS_MS = 33;

/** A run in memory that the page hears of. */
class ReportedRun extends MemoryRun {
  override record(record: MetricRecord): void {
    super.record(record);
    scope.postMessage({ kind: 'record', record });
  }
}

type TrainOrder = Extract<Order, { kind: 'train' }>;

/** Trains one configuration. To copy the run it lets the trainer end as if interrupted, and resumes it: both are exact. */
class Work {
  readonly #order: TrainOrder;
  readonly #gate: Gate;
  readonly #run: ReportedRun;
  readonly #tickets: number[] = [];
  /** Warnings that the page has: every part of the run repeats those of its start. */
  readonly #warned = new Set<string>();
  #resume: StoredSnapshot | undefined;
  /** A checkpoint that cannot train on, and why. */
  readonly #shown: { readonly snapshot: MemorySnapshot; readonly because: string } | undefined;
  #abort = new AbortController();
  #done = false;
  #sentAt = -Infinity;

  constructor(order: TrainOrder) {
    const { config, run, paused, pace } = order;
    this.#order = order;
    this.#gate = new Gate(config.parallels, paused, pace);
    const opened = run && MemoryRun.open(run);
    this.#run = new ReportedRun(config, 'wasm', {
      command: 'maddpg studio',
      ...(opened && { resume: opened }),
    });
    const because = opened && obstacle(opened.snapshot);
    if (because === undefined) this.#resume = opened?.snapshot;
    else this.#shown = { snapshot: opened!.snapshot, because };
  }

  async train(): Promise<void> {
    if (this.#shown) {
      const { snapshot, because } = this.#shown;
      showWeights(snapshot);
      this.#done = true;
      scope.postMessage({ kind: 'shown', because });
      return;
    }
    for (;;) {
      this.#abort = new AbortController();
      if (this.#tickets.length > 0) this.#abort.abort();
      const ended = await this.#part();
      this.#done = ended !== 'interrupted';
      this.#answer();
      if (this.#done) {
        scope.postMessage({ kind: 'ended', reason: ended });
        return;
      }
      this.#resume = this.#run.latest;
    }
  }

  hear(order: Order): void {
    switch (order.kind) {
      case 'pause':
        this.#gate.paused = true;
        break;
      case 'go':
        this.#gate.paused = false;
        break;
      case 'step':
        this.#gate.passOne();
        break;
      case 'pace':
        this.#gate.stepsPerSecond = order.stepsPerSecond;
        break;
      case 'zip':
        this.#tickets.push(order.ticket);
        if (this.#done) this.#answer();
        else this.#abort.abort();
        break;
      case 'train':
        throw new Error('worker: expected one training');
    }
  }

  /** Trains to the end or until aborted. Returns why it ended. */
  async #part(): Promise<string> {
    const { config, kernels } = this.#order;
    const engine = await createWasmEngine({ ...kernels }, config);
    const factory = mpeEnvironments(config);
    const evaluation = factory.make(1);
    const opponents = config.opponents.flatMap((given) =>
      BASELINES.filter((name) => name === given).map((name) => baselinePlayer(name, config, evaluation)),
    );
    const { signal } = this.#abort;
    try {
      const { name, threads, notice = null } = engine;
      scope.postMessage({ kind: 'began', engine: name, threads, notice });
      const trainer: Trainer = new Trainer(config, { factory, evaluation, opponents }, engine, this.#run, {
        signal,
        resume: this.#resume,
        gate: () => this.#gate.pass(signal),
        onProgress: ({ step }) => {
          const now = performance.now();
          if (now - this.#sentAt < WEIGHTS_MS) return;
          this.#sentAt = now;
          sendWeights(config, trainer, step);
        },
        onWarning: (line) => {
          if (!this.#warned.has(line)) scope.postMessage({ kind: 'warning', line });
          this.#warned.add(line);
        },
      });
      const { ended, steps } = await trainer.run();
      sendWeights(config, trainer, steps);
      return ended;
    } finally {
      engine.dispose();
    }
  }

  #answer(): void {
    for (const ticket of this.#tickets.splice(0)) {
      const bytes = this.#run.zip();
      scope.postMessage({ kind: 'zip', ticket, bytes }, [bytes.buffer]);
    }
  }
}

/** Why a checkpoint cannot train on in a page, for people; undefined if it can. */
function obstacle({ resumable, config: { opponents } }: MemorySnapshot): string | undefined {
  if (!resumable) return 'This checkpoint has no replay buffer: it can play, but not train.';
  const trained = opponents.find((name) => !BASELINES.some((one) => one === name));
  return (
    trained &&
    `A page cannot read the opponent ${trained}: this run can play here; train it with maddpg train.`
  );
}

/** Sends what a run has learned that cannot train on. */
function showWeights({ config, files, state, checkpoint }: MemorySnapshot): void {
  const { spec } = mpeEnvironments(config).make(1);
  const policy = buildPolicy(config, spec, new ReferenceEngine(config.arithmetic));
  policy.load(decodeSafetensors(files.get('weights.safetensors')!, checkpoint));
  sendWeights(config, { policy }, state.step);
}

/** Those of the actors that evaluations play. */
function sendWeights({ eval_policy }: Config, { policy }: Pick<Trainer, 'policy'>, step: number): void {
  const prefix = eval_policy === 'target' ? 'target_actor' : 'actor';
  const names = [...policy.networks.keys()].filter((name) => name.startsWith(prefix));
  const weights = new Map(names.map((name) => [name, policy.store.read('parameters', name)]));
  for (const [name, { data }] of policy.observations?.tensors() ?? []) weights.set(name, data.slice());
  scope.postMessage(
    { kind: 'weights', step, weights },
    [...weights.values()].map(({ buffer }) => buffer),
  );
}

let work: Work | undefined;

scope.onmessage = ({ data: order }) => {
  try {
    if (order.kind !== 'train') {
      work?.hear(order);
      return;
    }
    work = new Work(order);
    work.train().catch(fail);
  } catch (error) {
    fail(error);
  }
};

function fail(error: unknown): void {
  const faults = error instanceof UserError ? error.faults : [`unexpected error: ${String(error)}`];
  scope.postMessage({ kind: 'failed', faults });
  if (!(error instanceof UserError)) throw error;
}
