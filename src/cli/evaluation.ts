/** The work of `maddpg eval`, in its thread (worker.ts): from the options of the command line to what it prints. */
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { didYouMean } from '../core/nearest.ts';
import { UserError } from '../core/user-error.ts';
import { scriptedController } from '../envs/mpe/controllers/scripted.ts';
import { atStage } from '../envs/environment-factory.ts';
import { openEnvironments } from '../envs/open.ts';
import { environmentIds } from '../envs/registry.ts';
import { noopActor, randomActor, type Actor } from '../evaluate/actors.ts';
import { evaluateActor } from '../evaluate/evaluate.ts';
import { bestBy } from '../train/best-score.ts';
import { Recorder, recordingOf } from '../player/recorder.ts';
import { requireEnding, writeRecording } from '../player/files.ts';
import { titleOf, trainedSide } from '../player/record.ts';
import type { ReturnSummary } from '../evaluate/returns.ts';
import { loadPolicy, type LoadedPolicy } from '../run/load-policy.ts';
import { requireTrusted } from '../run/trust.ts';
import { unpackedFor } from '../run/unpack.ts';
import { throttled, type EpisodeNews } from './episode-news.ts';
import type { EvalOptions, PolicyName } from './eval.ts';
import type { WorkContext } from './thread.ts';

/** Returns what to print. */
export function evaluation(options: EvalOptions, context: WorkContext<EpisodeNews>): Promise<string> {
  return unpackedFor(options.checkpoint, (checkpoint, name) =>
    evaluate({ ...options, ...(checkpoint !== undefined && { checkpoint }) }, context, name),
  );
}

/** `nameOf`: paths as messages show them. */
async function evaluate(
  options: EvalOptions,
  { signal, tell }: WorkContext<EpisodeNews>,
  nameOf: (path: string) => string,
): Promise<string> {
  const { policy: name, episodes, seed, json = false, record } = options;
  if (record !== undefined) requireEnding('--record', record);
  const { checkpoint, env: id, best } = options;
  if ((checkpoint === undefined) === (id === undefined))
    throw new UserError(`eval: expected one of --checkpoint, --env and --cross, got ${id ? 'two' : 'none'}`);
  if (id !== undefined && best)
    throw new UserError('--best: expected --checkpoint, got --env, which has no checkpoints; leave it out');
  const say = throttled(tell);
  // The random policy plays as the baseline anyway, and once more only to be recorded.
  const total = name === 'random' && record === undefined ? episodes : 2 * episodes;
  let count = 0;
  const onEpisode = (): void => {
    count += 1;
    say({ played: count, total });
  };
  const subject = await subjectOf({ ...options, named: '--checkpoint' });
  const { config } = subject;
  const environments = atStage(await openEnvironments(config), subject.trained?.curriculumStage);
  try {
    const env = environments.make(1);
    if (name === 'trained') subject.trained?.requireFit(env);
    const returnsOf = (actor: Actor): Promise<ReturnSummary> =>
      evaluateActor(env, actor, { episodes, seed, signal, onEpisode });
    const random = await returnsOf(randomActor(env.spec, seed));
    const actor = actorOf(name, subject, env.spec) ?? randomActor(env.spec, seed);
    const values = name === 'trained' && subject.trained ? trainedSide(subject.trained).values : undefined;
    const recorder = record === undefined ? undefined : new Recorder(env, actor, seed, values);
    const played = name === 'random' && !recorder ? random : await returnsOf(recorder?.actor ?? actor);
    if (recorder) {
      const title = titleOf({ config, policy: name, trained: subject.trained });
      await writeRecording(recordingOf(env, title, recorder.episodes), '--record', record!);
    }
    const result = {
      ...(subject.trained && { checkpoint: nameOf(subject.trained.checkpoint), step: subject.trained.step }),
      ...(best && { best_by: bestBy(config) ?? null }),
      env_id: config.env_id,
      episodes,
      seed,
      policy_name: name,
      policy: played,
      random,
    };
    return json ? `${JSON.stringify(result)}\n` : table(result);
  } finally {
    environments.close();
  }
}

/** What is evaluated: an environment, and the checkpoint trained in it, if any. */
export interface Subject {
  readonly config: Config;
  readonly trained?: LoadedPolicy;
}

export interface SubjectOptions extends Pick<
  EvalOptions,
  'checkpoint' | 'env' | 'set' | 'policy' | 'best' | 'trust' | 'engine'
> {
  /** What the command line has for a checkpoint, in messages. */
  readonly named: '--checkpoint' | 'a run';
}

/** Loads the checkpoint or the configuration, whichever the options name. */
export async function subjectOf({
  checkpoint,
  env,
  set,
  policy,
  best = false,
  trust = false,
  engine,
  named,
}: SubjectOptions): Promise<Subject> {
  if (checkpoint !== undefined) {
    if (set !== undefined)
      throw new UserError(`--set: expected --env (a checkpoint has its own keys), got ${named}`);
    const trained = await loadPolicy(checkpoint, { best, engine });
    if (!trust) requireTrusted(trained.config, trained.checkpoint);
    return { config: trained.config, trained };
  }
  const { config } = loadConfig({ sets: set ?? [], flags: { env_id: env! } });
  if (config.env_name === 'mpe') requireBuiltIn(config.env_id);
  if (policy === 'trained')
    throw new UserError(
      `--policy: expected random, noop or scripted with --env, got trained; name ${named} for a trained policy`,
    );
  return { config };
}

function requireBuiltIn(id: string): void {
  const ids = environmentIds();
  if (ids.includes(id)) return;
  const isFile = /[/\\]|\.[cm]?[jt]s$/.test(id);
  const advice = isFile
    ? 'for a custom environment add --set env_name=custom'
    : didYouMean(id, ids) || `choose from ${ids.join(', ')}`;
  throw new UserError(`--env: expected an environment listed by maddpg envs, got ${id}; ${advice}`);
}

/** The actor; undefined for the uniform random policy, which always plays as the baseline. */
function actorOf(name: PolicyName, { config, trained }: Subject, spec: JointSpec): Actor | undefined {
  switch (name) {
    case 'trained':
      return trained?.actor;
    case 'random':
      return undefined;
    case 'noop':
      return noopActor(spec);
    case 'scripted':
      return scriptedController(config.env_id, spec, config.env_options);
  }
}

interface EvalResult {
  readonly checkpoint?: string;
  readonly best_by?: string | null;
  readonly env_id: string;
  readonly episodes: number;
  readonly seed: number;
  readonly policy_name: PolicyName;
  readonly policy: ReturnSummary;
  readonly random: ReturnSummary;
}

const LEGEND = "std: over episodes; 95 % interval: of the mean, by Student's t";

function table({
  checkpoint,
  best_by,
  env_id,
  episodes,
  seed,
  policy_name,
  policy,
  random,
}: EvalResult): string {
  const interval = (summary: ReturnSummary): string =>
    summary.ci95 ? `[${summary.ci95.map((x) => x.toFixed(2)).join(', ')}]` : '-';
  const cell = ({ mean, std }: { mean: number; std: number }): string =>
    `${mean.toFixed(2)} (std ${std.toFixed(2)})`;
  const rows = [
    ['return', policy_name === 'trained' ? 'policy' : policy_name, 'uniform random'],
    ['mean', cell(policy), cell(random)],
    ['95 % interval', interval(policy), interval(random)],
    ...Object.keys(policy.per_team).map((team) => [
      `team ${team}`,
      cell(policy.per_team[team]!),
      cell(random.per_team[team]!),
    ]),
    ...Object.keys(policy.per_agent).map((agent) => [
      agent,
      cell(policy.per_agent[agent]!),
      cell(random.per_agent[agent]!),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const by = best_by === undefined ? '' : ` (best by ${best_by ?? 'the mean over all agents'})`;
  const title = checkpoint === undefined ? '' : `${checkpoint}${by}\n`;
  return `${title}${env_id}, ${episodes} episodes, seed ${seed}\n\n${lines.join('\n')}\n\n${LEGEND}\n`;
}
