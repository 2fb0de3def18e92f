/**
 * Loads @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu (4.22.0), each at most once, and exposes the few calls of its
 * native binding that the engine uses. They are internal to the package, so a self-test at load time fails clearly if
 * they change.
 */
import { createRequire } from 'node:module';
import { UserError } from '../../core/user-error.ts';
import { GraphDefBuilder, withSavedModel, type Messages } from './graph-def.ts';
import { installationAdvice, installedVersion, PACKAGES, TFJS_VERSION, type Device } from './installation.ts';

const resolver = createRequire(import.meta.url);

export interface TensorMetadata {
  readonly id: number;
  readonly shape: readonly number[];
}

/** Native calls. A tensor is an id, valid until deleteTensor. */
export interface Binding {
  readonly TF_FLOAT: number;
  readonly TF_Version: string;
  createTensor(shape: readonly number[], type: number, values: Float32Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(model: number): void;
  /** `names` and `outputs` are comma-separated lists of `name:output`. */
  runSavedModel(model: number, inputs: readonly number[], names: string, outputs: string): TensorMetadata[];
  getNumOfTensors(): number;
  getNumOfSavedModels(): number;
  isUsingGpuDevice(): boolean;
}

export interface TensorFlow {
  readonly packageName: string;
  readonly binding: Binding;
  readonly messages: Messages;
  /** Threads it was loaded with: TensorFlow reads this once per process. */
  readonly threads: number;
}

/** What TensorFlow was loaded as: it reads its settings once per process. */
const loaded = new Map<Device, TensorFlow>();

/**
 * Loads the package. Thread settings already in the environment win. Throws UserError if the package is missing, does
 * not load, sees no GPU (`device` gpu), or fails the self-test.
 * The environment is left as it was; later calls get the threads of the first.
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
  // -1 computes on the calling thread, which saves waking another.
  const { TF_NUM_INTEROP_THREADS = threads === 1 ? '-1' : String(threads) } = process.env;
  const tensorFlow = withEnvironment(
    {
      // One thread per operation, several operations at a time: the other way round is slower for small networks.
      TF_NUM_INTRAOP_THREADS: '1',
      TF_NUM_INTEROP_THREADS,
      // Products a tenth to a quarter faster. TensorFlow's own default is on for some processors only.
      TF_ENABLE_ONEDNN_OPTS: '1',
      TF_CPP_MIN_LOG_LEVEL: '2',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    },
    () => load(device, Math.abs(Number(TF_NUM_INTEROP_THREADS))),
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
      'device: expected a GPU that TensorFlow can use, got none; install the CUDA libraries it reports missing, or set device: cpu',
    );
  const messages = resolver(`${packageName}/dist/proto/api_pb.js`) as Messages;
  const tensorFlow = { packageName, binding, messages, threads };
  selfTest(tensorFlow);
  return tensorFlow;
}

/** Doubles a number through a SavedModel, which exercises every internal call the engine needs. */
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
