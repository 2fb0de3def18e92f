/**
 * Public API for browsers, `maddpg/browser`: training and acting without Node. Kernels are bytes or a URL
 * (`maddpg/kernels-single.wasm`; docs/library.md has the other builds).
 */
import type { Arithmetic, Engine } from './engine/engine.ts';
import { WasmEngine } from './engine/wasm/engine.ts';
import { browserHost, type BrowserKernels } from './engine/wasm/host-browser.ts';

export interface WasmEngineChoice {
  /** Default: fused. */
  readonly arithmetic?: Arithmetic;
  /**
   * Default: 1. More, or `auto`, take effect in workers of pages that are cross-origin isolated; elsewhere the engine has
   * one thread. The numbers are the same.
   */
  readonly threads?: number | 'auto';
}

/**
 * Creates a WebAssembly engine on the calling thread, which trains and waits there: call it in a worker. `kernels`: the bytes
 * of maddpg/kernels-single.wasm, or a URL to fetch; or an object of several builds, for browsers without relaxed SIMD
 * (`emulated`), for arithmetic plain (`plain`), and for threads (`threaded`, with the same names). Throws UserError if the build
 * that is needed is missing.
 */
export async function createWasmEngine(
  kernels: BrowserKernels,
  { arithmetic = 'fused', threads = 1 }: WasmEngineChoice = {},
): Promise<Engine> {
  return WasmEngine.create(browserHost(kernels, threads), threads, { arithmetic });
}

export type { BrowserKernels, KernelSource } from './engine/wasm/host-browser.ts';

export { UserError } from './core/user-error.ts';
export { decodeSafetensors } from './checkpoint/safetensors.ts';
export { viewsOf, type CameraName, type View } from './player/camera.ts';
export { filmOf } from './player/film.ts';
export { gifOf } from './player/gif.ts';
export { packRun } from './run/archive.ts';
export { MemoryRun, type MemoryRunOptions, type MemorySnapshot, type OpenedRun } from './run/memory-run.ts';
export { jointSpec, teamOf, type AgentSpec, type JointSpec } from './core/joint-spec.ts';
export { FastStream, Pcg64 } from './core/random.ts';
export type { Config } from './config/keys.ts';
export type { Engine, Program, Store } from './engine/engine.ts';
export { ReferenceEngine } from './engine/reference/engine.ts';
export { environmentIds, makeEnv, makeVectorEnv } from './envs/registry.ts';
export { mpeEnvironments } from './envs/mpe/open.ts';
export type { EnvironmentFactory } from './envs/environment-factory.ts';
export type { ParallelEnv, Action } from './envs/parallel-env.ts';
export type { VectorEnv } from './envs/vector-env.ts';
export { greedyActor, noopActor, randomActor, type Actor } from './evaluate/actors.ts';
export { episodeReturns, playEpisodes } from './evaluate/play.ts';
export { summarize, type ReturnSummary } from './evaluate/returns.ts';
export { Policy } from './policy/policy.ts';
export { Rollout } from './rollout/rollout.ts';
export { TrainingSession, type SessionOptions } from './train/session.ts';
export { Trainer } from './train/trainer.ts';
export type { TrainerOptions } from './train/trainer-options.ts';
export type { RunStore, Snapshot, StoredSnapshot, TrainerState } from './train/run-store.ts';
export type { Progress, RunControls, TrainingCallbacks } from './train/callbacks.ts';
export type { TrainSummary } from './train/summary.ts';

// What pages with a world, forms and curves need (studio/).
export { resolveConfig, type ConfigSource, type LoadedConfig } from './config/resolve.ts';
export { isKeyName, keyOf, KEY_NAMES, SECTIONS, type KeyName } from './config/keys.ts';
export type { Key } from './config/key-types.ts';
export { algorithmNames } from './config/derived.ts';
export { showConfig, yamlOf } from './config/show.ts';
export { nextTurn } from './core/next-turn.ts';
export { describeEnvironment, type EnvironmentDescription } from './envs/registry.ts';
export type { Circle, Drawing, Entity, Shape } from './envs/drawing.ts';
export { hasScript, scriptedController } from './envs/mpe/controllers/scripted.ts';
export { commonOptions } from './envs/mpe/options.ts';
export { baselinePlayer, BASELINES } from './evaluate/baseline-players.ts';
export { EVALUATION } from './evaluate/defaults.ts';
export { evaluateActor } from './evaluate/evaluate.ts';
export type { MetricRecord } from './metrics/sink.ts';
export { shapesAt, trailsAt, type Trail } from './player/motion.ts';
export { css, DARK, edgeOf, fillOf, LIGHT, trailColour, type Theme as Paint } from './player/paint.ts';
export { Recorder, recordingOf } from './player/recorder.ts';
export { returnsOf, shapesOf, type Episode, type Frame, type Recording } from './player/recording.ts';
export { wordOf } from './player/speech.ts';
export { defaultRunName } from './run/run-name.ts';
export { chartSvg, layoutOf, type Chart, type Layout, type Series, type Theme } from './report/chart.ts';
export { buildPolicy } from './train/build.ts';
export { checkInPage } from './train/check-in-page.ts';
