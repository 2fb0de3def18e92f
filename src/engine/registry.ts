/** Makes the engine that the keys `engine`, `device` and `threads` ask for, in Node. Each is loaded when it is used. */
import { availableParallelism } from 'node:os';
import { described } from '../core/described.ts';
import { UserError } from '../core/user-error.ts';
import type { Arithmetic, Engine, EngineName } from './engine.ts';
import { installationAdvice, installedVersion, TFJS_VERSION } from './tensorflow/installation.ts';

export interface EngineChoice {
  readonly engine: 'auto' | EngineName;
  readonly device: 'cpu' | 'gpu';
  readonly threads: 'auto' | number;
  /** Default: fused. Engine tensorflow has arithmetic of its own. */
  readonly arithmetic?: Arithmetic;
}

/** Whether an engine can be used on this machine, and if not what to type. */
export interface EngineStatus {
  readonly name: EngineName;
  readonly device: 'cpu' | 'gpu';
  readonly available: boolean;
  readonly advice?: string;
}

/** All engines. Whether TensorFlow really loads shows when it is asked for; this looks at what is installed. */
export function engineStatus(): EngineStatus[] {
  const tensorFlow = (['cpu', 'gpu'] as const).map((device): EngineStatus => {
    const available = installedVersion(device) === TFJS_VERSION;
    return {
      name: 'tensorflow',
      device,
      available,
      ...(!available && { advice: installationAdvice(device) }),
    };
  });
  return [
    { name: 'wasm', device: 'cpu', available: true },
    { name: 'reference', device: 'cpu', available: true },
    ...tensorFlow,
  ];
}

/**
 * The engine that a choice means, installed or not. `auto` is wasm, or tensorflow on a GPU: what is installed does not
 * decide, so that one configuration gives the same numbers everywhere.
 */
export function engineOf({ engine, device }: Omit<EngineChoice, 'threads'>): EngineName {
  if (engine !== 'auto') return engine;
  return device === 'gpu' ? 'tensorflow' : 'wasm';
}

/** As engineOf(). Throws UserError where the engine is not installed. */
export function requireEngine(choice: Omit<EngineChoice, 'threads'>): EngineName {
  const { engine, device } = choice;
  const name = engineOf(choice);
  if (name !== 'tensorflow' || installedVersion(device) === TFJS_VERSION) return name;
  const advice = installationAdvice(device);
  throw new UserError(
    engine === 'auto'
      ? `device: expected cpu (no engine for ${device} is installed), got ${device}; ${advice}; or set device: cpu`
      : `engine: expected an engine that is installed, got tensorflow for ${device}; ` +
          `${advice}; or set engine: wasm`,
  );
}

/** The engine that the keys ask for. Throws UserError if there is no such engine, or it is not installed. */
export async function createEngine(choice: EngineChoice): Promise<Engine> {
  requireChoice(choice);
  const { device, threads, arithmetic = 'fused' } = choice;
  const name = requireEngine(choice);
  switch (name) {
    case 'reference': {
      const { ReferenceEngine } = await import('./reference/engine.ts');
      return new ReferenceEngine(arithmetic);
    }
    case 'wasm': {
      const [{ WasmEngine }, { nodeHost }] = await Promise.all([
        import('./wasm/engine.ts'),
        import('./wasm/host-node.ts'),
      ]);
      return WasmEngine.create(nodeHost, threads, { arithmetic });
    }
    case 'tensorflow': {
      const { TensorFlowEngine } = await import('./tensorflow/engine.ts');
      return TensorFlowEngine.create(
        device,
        threads === 'auto' ? Math.min(availableParallelism(), 4) : threads,
      );
    }
  }
}

const ENGINES: readonly string[] = ['auto', 'wasm', 'tensorflow', 'reference'];

/** Library callers pass unvalidated choices. Throws UserError naming the invalid field. */
function requireChoice(choice: unknown): void {
  if (typeof choice !== 'object' || choice === null)
    throw new UserError(
      `createEngine: expected a choice such as { engine: 'wasm', device: 'cpu', threads: 'auto' }, got ${described(choice)}`,
    );
  const { engine, device, threads, arithmetic } = choice as Readonly<Record<string, unknown>>;
  const require = (fits: boolean, name: string, expected: string, got: unknown): void => {
    if (!fits) throw new UserError(`createEngine: ${name}: expected ${expected}, got ${described(got)}`);
  };
  require(ENGINES.includes(engine as string), 'engine', `one of ${ENGINES.join(', ')}`, engine);
  require(device === 'cpu' || device === 'gpu', 'device', 'cpu or gpu', device);
  const fits = device === 'cpu' || engine === 'auto' || engine === 'tensorflow';
  require(fits, 'device', `cpu with engine ${String(engine)}`, device);
  const isCount = Number.isInteger(threads) && Number(threads) >= 1 && Number(threads) <= 8;
  require(threads === 'auto' || isCount, 'threads', 'auto or an integer from 1 to 8', threads);
  const known = [undefined, 'fused', 'plain'].includes(arithmetic as string | undefined);
  require(known, 'arithmetic', 'fused or plain', arithmetic);
}
