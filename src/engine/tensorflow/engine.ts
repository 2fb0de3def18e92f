/**
 * The TensorFlow engine: runs a whole update as one TensorFlow graph in one call. Not exact: TensorFlow chooses its own
 * summation order. Parameters and moments are variables of a session.
 */
import type { Engine, Program, Section, Store } from '../engine.ts';
import { rowsOf, widthOf, type UpdateGraph } from '../graph.ts';
import { named } from '../lowering.ts';
import { parameterCount, type NetworkSpec } from '../network-spec.ts';
import { loadTensorFlow, type TensorFlow, type TensorMetadata } from './binding.ts';
import { Emitter, variable, type EmittedProgram, type Variables } from './emitter.ts';
import { GraphDefBuilder, withSavedModel, type TensorName } from './graph-def.ts';
import type { Device } from './installation.ts';

const SECTIONS: readonly Section[] = ['parameters', 'exp_avg', 'exp_avg_sq'];

export class TensorFlowEngine implements Engine {
  readonly name = 'tensorflow';
  readonly exact = false;
  readonly device: Device;
  readonly #tensorFlow: TensorFlow;
  readonly #stores: TensorFlowStore[] = [];

  private constructor(device: Device, tensorFlow: TensorFlow) {
    this.device = device;
    this.#tensorFlow = tensorFlow;
  }

  /** Throws UserError if the package or the GPU is missing. */
  static create(device: Device, threads: number): TensorFlowEngine {
    return new TensorFlowEngine(device, loadTensorFlow(device, threads));
  }

  get threads(): number {
    return this.#tensorFlow.threads;
  }

  /** Live TensorFlow tensors, for leak tests. */
  get tensors(): number {
    return this.#tensorFlow.binding.getNumOfTensors();
  }

  /** Sessions alive in TensorFlow, for tests of leaks. */
  get sessions(): number {
    return this.#tensorFlow.binding.getNumOfSavedModels();
  }

  createStore(networks: Iterable<NetworkSpec>): Store {
    const store = new TensorFlowStore(networks, this.#tensorFlow);
    this.#stores.push(store);
    return store;
  }

  dispose(): void {
    for (const store of this.#stores) store.dispose();
  }
}

/** The variables of all networks and the programs that use them, in one session. A new program needs a new session. */
class TensorFlowStore implements Store {
  readonly networks: ReadonlyMap<string, NetworkSpec>;
  readonly #tensorFlow: TensorFlow;
  readonly #programs: TensorFlowProgram[] = [];
  /** Programs compiled so far: each has a number for its names. */
  #compiled = 0;
  /** Id of the loaded SavedModel; undefined until the first run. */
  #model: number | undefined;
  /** Blocks written while there is no session. */
  #blocks: Map<string, Float32Array>;
  #io: StoreNames | undefined;

  constructor(networks: Iterable<NetworkSpec>, tensorFlow: TensorFlow) {
    this.networks = new Map([...networks].map((spec) => [spec.name, spec]));
    this.#tensorFlow = tensorFlow;
    this.#blocks = new Map(
      [...this.networks.values()].flatMap((spec) =>
        SECTIONS.map((section) => [`${section}/${spec.name}`, new Float32Array(parameterCount(spec))]),
      ),
    );
  }

  read(section: Section, network: string): Float32Array {
    const key = this.#key(section, network);
    if (this.#model === undefined) return this.#blocks.get(key)!.slice();
    return this.run([], [this.#io!.get(key)!.read])[0]!.slice();
  }

  write(section: Section, network: string, values: Float32Array): void {
    const key = this.#key(section, network);
    const spec = this.#spec(network);
    if (values.length !== parameterCount(spec))
      throw new RangeError(`${network}: expected ${parameterCount(spec)} numbers, got ${values.length}`);
    if (this.#model === undefined) this.#blocks.set(key, values.slice());
    else this.#assign(key, values);
  }

  compile(graph: UpdateGraph, batchSize: number): Program {
    this.#unload();
    const program = new TensorFlowProgram(graph, batchSize, `p${this.#compiled++}`, this);
    this.#programs.push(program);
    return program;
  }

  /** Takes a program out of the session. */
  remove(program: TensorFlowProgram): void {
    const k = this.#programs.indexOf(program);
    if (k < 0) return;
    this.#unload();
    this.#programs.splice(k, 1);
  }

  dispose(): void {
    if (this.#model !== undefined) this.#tensorFlow.binding.deleteSavedModel(this.#model);
    this.#model = undefined;
  }

  /** Creates the session if there is none; programs know their tensor names afterwards. */
  prepare(): void {
    this.#loaded();
  }

  /** Feeds tensors and fetches others, by name. */
  run(feeds: readonly Feed[], fetches: readonly TensorName[]): Float32Array[] {
    const { binding } = this.#tensorFlow;
    const model = this.#loaded();
    const ids = feeds.map(({ values, shape }) => binding.createTensor(shape, binding.TF_FLOAT, values));
    const names = feeds.map(({ tensor }) => `${tensor}:0`).join(',');
    let outputs: TensorMetadata[] = [];
    try {
      outputs = binding.runSavedModel(model, ids, names, fetches.map((name) => `${name}:0`).join(','));
      return outputs.map(({ id }) => binding.tensorDataSync(id));
    } finally {
      for (const { id } of outputs) binding.deleteTensor(id);
      for (const id of ids) binding.deleteTensor(id);
    }
  }

  #assign(key: string, values: Float32Array): void {
    const { feed, assigned } = this.#io!.get(key)!;
    // A copy, because the variable may keep this memory.
    this.run([{ tensor: feed, shape: [values.length], values: values.slice() }], [assigned]);
  }

  #loaded(): number {
    if (this.#model !== undefined) return this.#model;
    const builder = new GraphDefBuilder(this.#tensorFlow.messages);
    const variables = new Map<string, Variables>();
    this.#io = new Map();
    for (const spec of this.networks.values())
      variables.set(spec.name, this.#declare(builder, spec, this.#io));
    for (const program of this.#programs) program.emit(builder, (network) => variables.get(network)!);
    const { binding } = this.#tensorFlow;
    this.#model = withSavedModel(builder.savedModel(), (folder) => binding.loadSavedModel(folder, 'serve'));
    const blocks = this.#blocks;
    this.#blocks = new Map();
    for (const spec of this.networks.values())
      for (const section of SECTIONS)
        this.#assign(`${section}/${spec.name}`, blocks.get(`${section}/${spec.name}`)!);
    return this.#model;
  }

  /** Saves the session's state and closes it; the next run creates another. */
  #unload(): void {
    if (this.#model === undefined) return;
    for (const network of this.networks.keys())
      for (const section of SECTIONS) this.#blocks.set(`${section}/${network}`, this.read(section, network));
    for (const program of this.#programs) program.keepGradients();
    this.dispose();
  }

  /** Declares a network's variables, and the operations that assign and read them. */
  #declare(builder: GraphDefBuilder, spec: NetworkSpec, io: StoreNames): Variables {
    const float = { type: 'float' } as const;
    const declare = (section: Section): TensorName => {
      const key = `${section}/${spec.name}`;
      const handle = variable(builder, key);
      const attributes = { dtype: float, shape: { shape: [parameterCount(spec)] } };
      const feed = builder.op('Placeholder', [], attributes, { name: `${key}/feed` });
      const assign = builder.op('AssignVariableOp', [handle, feed], { dtype: float });
      const assigned = builder.op('Identity', [builder.floats([0], [])], { T: float }, { after: [assign] });
      io.set(key, { feed, assigned, read: builder.op('ReadVariableOp', [handle], { dtype: float }) });
      return handle;
    };
    return {
      parameters: declare('parameters'),
      exp_avg: declare('exp_avg'),
      exp_avg_sq: declare('exp_avg_sq'),
    };
  }

  #spec(network: string): NetworkSpec {
    return this.networks.get(network)!;
  }

  #key(section: Section, network: string): string {
    return `${section}/${named(this.networks, 'store', network).name}`;
  }
}

type StoreNames = Map<
  string,
  { readonly feed: TensorName; readonly read: TensorName; readonly assigned: TensorName }
>;

interface Feed {
  readonly tensor: TensorName;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

class TensorFlowProgram implements Program {
  readonly batchSize: number;
  readonly #graph: UpdateGraph;
  readonly #prefix: string;
  readonly #store: TensorFlowStore;
  readonly #inputs = new Map<string, Float32Array>();
  readonly #scalars = new Map<string, number>();
  readonly #outputs = new Map<string, Float32Array>();
  #emitted: EmittedProgram | undefined;
  #ran = false;
  #disposed = false;
  /** Gradients of the last run, if its session has been closed since. */
  readonly #kept = new Map<string, Float32Array>();
  /** Reads of the gradient variables, by output name. */
  #gradientReads = new Map<string, TensorName>();

  constructor(graph: UpdateGraph, batchSize: number, prefix: string, store: TensorFlowStore) {
    this.batchSize = batchSize;
    this.#graph = graph;
    this.#prefix = prefix;
    this.#store = store;
    for (const node of graph.nodes) {
      if (node.kind === 'scalar') this.#scalars.set(node.name, 0);
      if (node.kind === 'input')
        this.#inputs.set(node.name, new Float32Array(batchSize * rowsOf(node.out) * widthOf(node.out)));
    }
  }

  /** Adds the program's operations to the store's graph. */
  emit(builder: GraphDefBuilder, variables: (network: string) => Variables): void {
    this.#emitted = new Emitter(builder, this.#graph, this.batchSize, this.#prefix, variables).emit();
    this.#gradientReads = new Map(
      this.#emitted.gradientOutputs.map(({ name, handle }) => [
        name,
        builder.op('ReadVariableOp', [handle], { dtype: { type: 'float' } }),
      ]),
    );
  }

  input(name: string): Float32Array {
    return named(this.#inputs, 'input', name);
  }

  /** Saves the gradients of the last run before their session is closed. */
  keepGradients(): void {
    if (!this.#ran) return;
    for (const name of this.#gradientReads.keys()) this.#kept.set(name, this.output(name).slice());
  }

  setScalar(name: string, value: number): void {
    named(this.#scalars, 'scalar', name);
    this.#scalars.set(name, value);
  }

  run(): void {
    if (this.#disposed) throw new RangeError('program: expected one in use, got one that was disposed of');
    this.#ran = true;
    this.#kept.clear();
    // The first run creates the session, and with it this program's tensor names.
    this.#store.prepare();
    const { inputs, scalars, scalarsTensor, scalarOutputs, done, arrayOutputs } = this.#emitted!;
    const feeds: Feed[] = inputs.map(({ name, tensor, shape }) => ({
      tensor,
      shape,
      values: this.#inputs.get(name)!,
    }));
    if (scalarsTensor !== undefined)
      feeds.push({
        tensor: scalarsTensor,
        shape: [scalars.length],
        values: Float32Array.from(scalars, (name) => this.#scalars.get(name)!),
      });
    const [packed, ...arrays] = this.#store.run(feeds, [done, ...arrayOutputs.map(({ tensor }) => tensor)]);
    scalarOutputs.forEach((name, k) => {
      this.#outputArray(name, 1)[0] = packed![k]!;
    });
    arrayOutputs.forEach(({ name, length }, k) => {
      this.#outputArray(name, length).set(arrays[k]!);
    });
  }

  output(name: string): Float32Array {
    const gradient = this.#gradientReads.get(name);
    if (gradient !== undefined) return this.#kept.get(name) ?? this.#store.run([], [gradient])[0]!;
    return named(this.#outputs, 'output', name);
  }

  dispose(): void {
    this.#disposed = true;
    this.#store.remove(this);
  }

  #outputArray(name: string, length: number): Float32Array {
    const known = this.#outputs.get(name) ?? new Float32Array(length);
    this.#outputs.set(name, known);
    return known;
  }
}
