/**
 * MpeSimulation: E worlds of one scenario, with steps, time limit, random generators and snapshots. It reports the end of
 * an episode and leaves the reaction to its callers: vector.ts starts the next one at once, parallel.ts waits for reset().
 */
import type { AgentSpec, JointSpec } from '../../core/joint-spec.ts';
import { jointSpec, teamOf } from '../../core/joint-spec.ts';
import { Pcg64 } from '../../core/random.ts';
import { EnvironmentError } from '../errors.ts';
import type { Space } from '../spaces.ts';
import { widthOf } from '../spaces.ts';
import type { Decode } from './actions.ts';
import { actionSpaceOf, decodeBox, decodeDiscrete } from './actions.ts';
import type { BoundScenario, Scenario } from './scenario.ts';
import { symmetryGroup, type WorldSymmetry } from './symmetries.ts';
import { MpeWorld } from './world.ts';

/** Outcomes of a step. A time limit truncates; only success terminates. */
export const RUNNING = 0;
export const TRUNCATED = 1;
export const TERMINATED = 2;

/** Columns that say where a body is. */
const PLACES = new Set(['agent', 'adversary', 'landmark', 'obstacle']);

/** No world gets here: bodies start within 1 or 2 of its centre, and are slow. */
const FARTHEST = 1e12;

export class MpeSimulation {
  readonly name: string;
  readonly scenario: Scenario;
  readonly world: MpeWorld;
  readonly spec: JointSpec;
  readonly actionSpaces: readonly Space[];
  readonly benchmarkData: boolean;
  readonly #decode: Decode;
  readonly #maxCycles: number;
  /** Columns of a joint observation that are observed as 0. */
  readonly #hidden: readonly number[];
  /** Steps taken in the current episode, [E]. */
  readonly #cycles: Uint32Array;
  readonly #generators: Pcg64[];

  /** `whole`: what hide_velocity hides from actors is observed nevertheless. */
  constructor({ id, scenario, common }: BoundScenario, count: number, whole = false) {
    this.name = id;
    this.scenario = scenario;
    this.world = new MpeWorld(count, scenario);
    this.actionSpaces = scenario.agents.map((agent) =>
      actionSpaceOf(agent, scenario.messageWidth, common.continuous_actions),
    );
    const hidden = common.hide_velocity ? this.#velocities() : undefined;
    this.spec = jointSpec(
      scenario.agents.map(({ name }, i): AgentSpec => ({
        name,
        team: teamOf(name),
        obsWidth: scenario.observationWidth(i),
        ...(hidden && { hidden: hidden[i]! }),
        actWidth: widthOf(this.actionSpaces[i]!),
        actionKind: common.continuous_actions ? 'box' : 'discrete',
        actionLow: 0,
        actionHigh: 1,
      })),
    );
    this.benchmarkData = common.benchmark_data;
    this.#decode = common.continuous_actions ? decodeBox : decodeDiscrete;
    this.#maxCycles = common.max_cycles;
    const { obsOffsets } = this.spec;
    this.#hidden = whole
      ? []
      : (hidden ?? []).flatMap((own, i) => own.map((column) => obsOffsets[i]! + column));
    this.#cycles = new Uint32Array(count);
    this.#generators = Array.from({ length: count }, () => new Pcg64(0));
  }

  /** The symmetries that the scenario declares. @throws EnvironmentError if there are too many to list */
  symmetries(): WorldSymmetry[][] | undefined {
    const declared = this.scenario.symmetries?.();
    return declared && symmetryGroup(this.name, this.world, this.spec, declared);
  }

  /** The meaning of an agent's columns, which the scenario declares for its symmetries. */
  observationNames(agent: number): string[] | undefined {
    const columns = this.scenario.symmetries?.().columns(agent);
    const bodies = [...this.scenario.agents, ...this.scenario.landmarks];
    return columns?.map(({ what, of, axis }) => {
      const part = axis === null ? what.replace(/ \d+$/, '') : what;
      if (of === null) return part;
      return PLACES.has(part) ? bodies[of]!.name : `${part} of ${bodies[of]!.name}`;
    });
  }

  /** Reseeds environment e. @throws EnvironmentError unless `seed` is an integer from 0 to 2^53 - 1 */
  seed(e: number, seed: number): void {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new EnvironmentError('seed', 'an integer from 0 to 2^53 - 1', seed);
    this.#generators[e] = new Pcg64(seed);
  }

  /** Starts the next episode of environment e, continuing its generator. */
  start(e: number): void {
    this.#cycles[e] = 0;
    this.world.clear(e);
    this.scenario.reset(this.world, e, this.#generators[e]!);
  }

  /** Steps every environment with the joint actions [E, SA]. Writes `rewards` [E, N] and `outcomes` [E]. */
  step(actions: Float32Array, rewards: Float64Array, outcomes: Uint8Array): void {
    const { world, scenario } = this;
    const { count, agentCount } = world;
    this.#decode(world, actions);
    world.step();
    for (let e = 0; e < count; e++) {
      scenario.afterPhysics?.(world, e);
      scenario.rewards(world, e, rewards, e * agentCount);
      outcomes[e] = this.#outcome(e);
    }
  }

  #outcome(e: number): number {
    const cycle = this.#cycles[e]! + 1;
    this.#cycles[e] = cycle;
    if (cycle >= this.#maxCycles) return TRUNCATED;
    return this.scenario.isTerminal?.(this.world, e) === true ? TERMINATED : RUNNING;
  }

  /** Writes the joint observation of environment e into its row of `out`, [E, SO]. */
  observe(e: number, out: Float32Array): void {
    const row = e * this.spec.obsTotal;
    this.scenario.observe(this.world, e, out, row);
    for (const column of this.#hidden) out[row + column] = 0;
  }

  /** Columns of each agent's observation that hold velocities. @throws EnvironmentError if there are none */
  #velocities(): number[][] {
    const declared = this.scenario.symmetries?.();
    // A scenario without symmetries is one without space.
    const found = this.scenario.agents.map((_, i) =>
      [...(declared?.columns(i) ?? [])].flatMap(({ what }, column) =>
        /\bvelocity\b/.test(what) ? [column] : [],
      ),
    );
    if (found.every(({ length }) => length === 0))
      throw new EnvironmentError(
        'env_options.hide_velocity',
        `velocities in ${this.name}`,
        'none',
        'leave it out',
      );
    return found;
  }

  /** Sets every environment's curriculum stage, clamped to the valid range. */
  setCurriculumStage(stage: number): void {
    this.world.stages.fill(Math.max(0, Math.min(stage, this.scenario.stageCount - 1)));
  }

  /** Puts body k of environment e at rest at (x, y). @throws EnvironmentError for one that there is not, or a place too far */
  moveEntity(e: number, k: number, x: number, y: number): void {
    const { count, entityCount } = this.world;
    const expect = (fits: boolean, what: string, got: unknown): void => {
      if (!fits) throw new EnvironmentError('moveEntity', what, got);
    };
    expect(Number.isInteger(e) && e >= 0 && e < count, `an environment from 0 to ${count - 1}`, e);
    expect(Number.isInteger(k) && k >= 0 && k < entityCount, `an entity from 0 to ${entityCount - 1}`, k);
    for (const at of [x, y]) expect(Math.abs(at) <= FARTHEST, `a place within ±${FARTHEST}`, at);
    this.world.place(e, k, x, y);
  }

  /** The complete state: cycles, generators and the worlds' memory. */
  snapshot(): Uint8Array {
    const words = new Uint32Array(2 + this.#cycles.length * (1 + Pcg64.STATE_WORDS));
    words[0] = this.#fingerprint();
    words.set(this.#cycles, 2);
    this.#generators.forEach((generator, e) => {
      words.set(generator.getState(), 2 + this.#cycles.length + e * Pcg64.STATE_WORDS);
    });
    const memory = this.world.memory;
    const bytes = new Uint8Array(words.byteLength + memory.byteLength);
    bytes.set(new Uint8Array(words.buffer));
    bytes.set(new Uint8Array(memory.buffer), words.byteLength);
    return bytes;
  }

  /** @throws EnvironmentError unless the snapshot is from the same scenario, agents and number of environments */
  restore(bytes: Uint8Array): void {
    const count = this.#cycles.length;
    const { memory } = this.world;
    const wordBytes = 4 * (2 + count * (1 + Pcg64.STATE_WORDS));
    const aligned = bytes.slice().buffer;
    const fits = bytes.byteLength === wordBytes + memory.byteLength;
    if (!fits || new Uint32Array(aligned, 0, 1)[0] !== this.#fingerprint())
      throw new EnvironmentError(
        'snapshot',
        `${wordBytes + memory.byteLength} bytes of ${this.name} with ${count} environments`,
        fits ? 'a snapshot of a different environment' : `${bytes.byteLength} bytes`,
      );
    const words = new Uint32Array(aligned, 0, wordBytes / 4);
    this.#cycles.set(words.subarray(2, 2 + count));
    this.#generators.forEach((generator, e) => {
      const at = 2 + count + e * Pcg64.STATE_WORDS;
      generator.setState(words.subarray(at, at + Pcg64.STATE_WORDS));
    });
    memory.set(new Float64Array(aligned.slice(wordBytes)));
    this.#requirePossible();
  }

  /** @throws EnvironmentError if no episode leads to this state */
  #requirePossible(): void {
    const { world, scenario } = this;
    const impossible = (what: string, got: unknown): EnvironmentError =>
      new EnvironmentError('snapshot', what, got, 'it is damaged');
    const cycle = this.#cycles.find((taken) => taken > this.#maxCycles);
    if (cycle !== undefined) throw impossible(`at most ${this.#maxCycles} steps of an episode`, cycle);
    for (const name of ['positions', 'velocities', 'messages', 'accels', 'state'] as const) {
      const far = world[name].find((x) => !(Math.abs(x) <= FARTHEST));
      if (far !== undefined) throw impossible(`${name} within ±${FARTHEST}`, far);
    }
    const speed = world.maxSpeeds.find((x) => !(x >= 0));
    if (speed !== undefined) throw impossible('speed limits >= 0', speed);
    const stage = world.stages.find((x) => !Number.isInteger(x) || x < 0 || x >= scenario.stageCount);
    if (stage !== undefined) throw impossible(`curriculum stages below ${scenario.stageCount}`, stage);
    // Goals and the like are the scenario's own: where they make sense, so do observations and rewards.
    const obs = new Float32Array(world.count * this.spec.obsTotal);
    const rewards = new Float64Array(world.count * world.agentCount);
    try {
      for (let e = 0; e < world.count; e++) {
        this.observe(e, obs);
        scenario.rewards(world, e, rewards, e * world.agentCount);
      }
    } catch {
      throw impossible(`a state of ${this.name}`, 'goals that it does not have');
    }
    if (obs.some(Number.isNaN) || rewards.some(Number.isNaN))
      throw impossible(`a state of ${this.name}`, 'goals that it does not have');
  }

  /** FNV-1a hash of what a snapshot must share with this simulation. */
  #fingerprint(): number {
    const text = JSON.stringify([this.name, this.world.count, this.spec]);
    let hash = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return hash >>> 0;
  }
}
