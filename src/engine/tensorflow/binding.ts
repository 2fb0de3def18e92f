/**
 * Finds and loads @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu (4.22.0), whichever is asked for and never both, and
 * gives access to the few calls of its native binding that the engine makes. These are internal to the package: a
 * self-test at the start says so clearly if they ever change.
 */
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../core/user-error.ts';
import { GraphDefBuilder, withSavedModel, type Messages } from './graph-def.ts';

/** The version whose internal calls are known. */
export const TFJS_VERSION = '4.22.0';

export interface TensorMetadata {
  readonly id: number;
  readonly shape: readonly number[];
}

/** Native calls. Tensors are numbers until deleteTensor. */
export interface Binding {
  readonly TF_FLOAT: number;
  readonly TF_Version: string;
  createTensor(shape: readonly number[], type: number, values: Float32Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(model: number): void;
  /** Names are separated by commas; `name:output`. */
  runSavedModel(model: number, inputs: readonly number[], names: string, outputs: string): TensorMetadata[];
  getNumOfTensors(): number;
  getNumOfSavedModels(): number;
  isUsingGpuDevice(): boolean;
}

export interface TensorFlow {
  readonly packageName: string;
  readonly binding: Binding;
  readonly messages: Messages;
  /** Threads that it was loaded with: TensorFlow reads them once a process. */
  readonly threads: number;
}

export type Device = 'cpu' | 'gpu';

const PACKAGES: Readonly<Record<Device, string>> = {
  cpu: '@tensorflow/tfjs-node',
  gpu: '@tensorflow/tfjs-node-gpu',
};

/** scripts/install-tensorflow.sh as seen from where the user stands; the same from src/ and dist/. */
const INSTALLER = relative(
  process.cwd(),
  fileURLToPath(new URL('../../../scripts/install-tensorflow.sh', import.meta.url)),
);

const resolver = createRequire(import.meta.url);

/** What to type to get the package. */
export function installationAdvice(device: Device): string {
  return (
    `npm install --no-save --save-prod ${PACKAGES[device]}@${TFJS_VERSION}, or, where its download fails, ` +
    `sh ${INSTALLER} --${device}`
  );
}

/** The installed version of the device's package; undefined where there is none. */
export function installedVersion(device: Device): string | undefined {
  try {
    return (resolver(`${PACKAGES[device]}/package.json`) as { version: string }).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** What TensorFlow was loaded as: it reads its settings once a process. */
const loaded = new Map<Device, TensorFlow>();

/**
 * Loads the package with its own settings of threads, unless the environment already says otherwise. The environment is
 * afterwards as it was; later calls get the threads of the first.
 */
export function loadTensorFlow(device: Device, threads: number): TensorFlow {
  const known = loaded.get(device);
  if (known) return known;
  const name = PACKAGES[device];
  const version = installedVersion(device);
  if (version !== TFJS_VERSION)
    throw new UserError(
      `engine tensorflow: expected ${name} ${TFJS_VERSION}, got ${version ?? 'none'}; ${installationAdvice(device)}`,
    );
  const { TF_NUM_INTEROP_THREADS = String(threads) } = process.env;
  const tensorFlow = withEnvironment(
    {
      // One thread an operation, several operations at a time: small networks get slower the other way round.
      TF_NUM_INTRAOP_THREADS: '1',
      TF_NUM_INTEROP_THREADS,
      TF_CPP_MIN_LOG_LEVEL: '2',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    },
    () => load(device, Number(TF_NUM_INTEROP_THREADS)),
  );
  loaded.set(device, tensorFlow);
  return tensorFlow;
}

/** Calls `act` with variables of the environment that are set only where they are not, and only meanwhile. */
function withEnvironment<T>(variables: Readonly<Record<string, string>>, act: () => T): T {
  const missing = Object.entries(variables).filter(([name]) => process.env[name] === undefined);
  for (const [name, value] of missing) process.env[name] = value;
  try {
    return act();
  } finally {
    for (const [name] of missing) Reflect.deleteProperty(process.env, name);
  }
}

/** The package, tested: its first session, which the test makes, starts TensorFlow's threads. */
function load(device: Device, threads: number): TensorFlow {
  const packageName = PACKAGES[device];
  let binding: Binding;
  try {
    const tf = resolver(packageName) as { backend(): { binding: Binding } };
    ({ binding } = tf.backend());
  } catch (error) {
    throw new UserError(
      `engine tensorflow: expected ${packageName} to load, got ${(error as Error).message.split('\n')[0]!}; ${installationAdvice(device)}`,
      { cause: error },
    );
  }
  if (device === 'gpu' && !binding.isUsingGpuDevice())
    throw new UserError(
      'device: expected a GPU that TensorFlow sees, got none; install the CUDA libraries that it asks for, or set device: cpu',
    );
  const messages = resolver(`${packageName}/dist/proto/api_pb.js`) as Messages;
  const tensorFlow = { packageName, binding, messages, threads };
  selfTest(tensorFlow);
  return tensorFlow;
}

/** Doubles a number by way of a SavedModel: every internal call that the engine needs. */
function selfTest({ binding, messages, packageName }: TensorFlow): void {
  let got: unknown;
  try {
    const graph = new GraphDefBuilder(messages);
    const x = graph.op('Placeholder', [], { dtype: { type: 'float' }, shape: { shape: [1] } }, { name: 'x' });
    graph.op('AddV2', [x, x], { T: { type: 'float' } }, { name: 'y' });
    const model = withSavedModel(graph.savedModel(), (folder) => binding.loadSavedModel(folder, 'serve'));
    const input = binding.createTensor([1], binding.TF_FLOAT, Float32Array.of(1.5));
    const [output] = binding.runSavedModel(model, [input], 'x:0', 'y:0');
    got = binding.tensorDataSync(output!.id)[0];
    binding.deleteTensor(output!.id);
    binding.deleteTensor(input);
    binding.deleteSavedModel(model);
  } catch (error) {
    got = (error as Error).message.split('\n')[0];
  }
  if (got === 3) return;
  throw new UserError(
    `engine tensorflow: expected ${packageName}'s internal calls to work as in ${TFJS_VERSION} (1.5 doubled to 3), got ${String(got)}; ` +
      'reinstall it, or set engine: wasm',
  );
}
