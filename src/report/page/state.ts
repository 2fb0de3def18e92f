/** What the reader has chosen, and what follows from it. */
import type { Along } from '../curves.ts';
import { environmentOf, groupRuns, type Group } from '../groups.ts';
import { measuredOf, metricBases, metricKey, TEST_RETURN } from '../metric-names.ts';
import { scaleOf, usualThreshold, normalised, type Scale } from '../scores.ts';
import type { Baseline, Run } from '../run.ts';
import type { Unpacked } from './unpack.ts';

export interface State {
  environment: string;
  /** Metric without whose it is. */
  base: string;
  /** `''` of all agents. */
  who: string;
  along: Along;
  smoothing: number;
  logX: boolean;
  logY: boolean;
  normalised: boolean;
  showRuns: boolean;
  /** Variants that the legend has switched off. */
  readonly hidden: Set<number>;
  zoom: readonly [number, number] | null;
  /** As typed, in the unit of the table; null: usualThreshold(). */
  threshold: number | null;
}

/** More runs than this hide each other. */
const MANY = 30;

export function firstState({ runs }: Unpacked): State {
  return {
    environment: environmentOf(runs[0]!),
    base: metricBases(runs)[0] ?? TEST_RETURN,
    who: '',
    along: 'step',
    smoothing: 0,
    logX: false,
    logY: false,
    normalised: false,
    showRuns: runs.length <= MANY,
    hidden: new Set(),
    zoom: null,
    threshold: null,
  };
}

/** The data seen through the state. */
export interface View {
  readonly data: Unpacked;
  readonly state: State;
  /** Of all environments. */
  readonly allGroups: readonly Group[];
  /** Of the environment. */
  readonly groups: readonly Group[];
  readonly runs: readonly Run[];
  readonly baseline: Baseline | undefined;
  /** Key of the chosen metric; undefined if the environment's runs lack it. */
  readonly key: string | undefined;
  /** Key of the test return of the chosen agents. */
  readonly scoreKey: string | undefined;
  /** Of the chosen agents; undefined if there is none. */
  readonly possibleScale: Scale | undefined;
  /** The same if scores are to be normalised. */
  readonly scale: Scale | undefined;
}

export function viewOf(data: Unpacked, state: State): View {
  const allGroups = groupRuns(data.runs);
  if (!allGroups.some(({ environment }) => environment === state.environment))
    state.environment = allGroups[0]!.environment;
  const groups = allGroups.filter(({ environment }) => environment === state.environment);
  const runs = groups.flatMap((group) => group.runs);
  if (!metricBases(runs).includes(state.base)) state.base = metricBases(runs)[0] ?? TEST_RETURN;
  const who = measuredOf(runs, state.base);
  if (!who.includes(state.who)) state.who = who[0] ?? '';
  const baseline = data.baselines[state.environment];
  const possibleScale = scaleOf(baseline, state.who);
  return {
    ...{ data, state, allGroups, groups, runs, baseline, possibleScale },
    key: metricKey(runs, state),
    scoreKey: metricKey(runs, { base: TEST_RETURN, who: state.who }),
    scale: state.normalised ? possibleScale : undefined,
  };
}

/** Whether a metric is in the unit of the baselines. */
export function isReturn(base: string): boolean {
  return base === TEST_RETURN || base === 'train/episode_return';
}

/** The threshold in the metric's unit, and as the table shows it. */
export function thresholdOf(view: View): { readonly own: number; readonly shown: number } | undefined {
  const { state, groups, scoreKey, scale, baseline } = view;
  if (scoreKey === undefined) return undefined;
  if (state.threshold !== null) {
    const own = scale ? scale.random + state.threshold * (scale.scripted - scale.random) : state.threshold;
    return { own, shown: state.threshold };
  }
  const own = usualThreshold(groups, scoreKey, baseline?.random[state.who]);
  if (own === undefined) return undefined;
  return { own, shown: scale ? Number(normalised(own, scale).toPrecision(3)) : own };
}

/** `of all agents`, as the page names whose a metric is. */
export function whoText(who: string): string {
  return who === '' ? 'mean over agents' : who;
}
