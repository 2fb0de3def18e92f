/**
 * The rules for what reset() and step() of a custom environment return, shared by training (vector.ts) and the checker
 * (contract.ts). No message is built unless a rule is broken: training runs these checks at every step.
 */
import type { ActionMasks } from './action-masks.ts';
import { isPromise, type AgentSpaces, type CustomEnvironment, type Report } from './custom-environment.ts';

/**
 * @param at when, for messages: `reset: `
 * @param masks what is known of the environment's action masks; updated
 */
export function checkReset(
  env: CustomEnvironment,
  agents: readonly AgentSpaces[],
  result: unknown,
  report: Report,
  at: string,
  masks: ActionMasks,
): void {
  if (!isResult(result, 'reset', '{ observations, infos }', report, at)) return;
  const live = checkAgents(env, agents, report, at);
  if (live === undefined) return;
  if (live.length === 0) report(`${at}agents`, 'at least one agent in the new episode', 'none');
  const expected = agents.map(({ name }) => live.includes(name));
  const infos = checkObservations(agents, expected, result, report, at);
  agents.forEach(({ name }, i) => {
    if (expected[i]) masks.check(i, infos[name], 'acting', report, at);
  });
}

/**
 * @param before 1 for the agents that were in the episode before the step, [N]
 * @param at when, for messages: `step 3: `
 * @param masks what is known of the environment's action masks; updated
 */
export function checkStep(
  env: CustomEnvironment,
  agents: readonly AgentSpaces[],
  before: ArrayLike<number>,
  result: unknown,
  report: Report,
  at: string,
  masks: ActionMasks,
): void {
  const fields = '{ observations, rewards, terminations, truncations, infos }';
  if (!isResult(result, 'step', fields, report, at)) return;
  const live = checkAgents(env, agents, report, at);
  if (live === undefined) return;
  const expected = agents.map((_, i) => before[i] === 1);
  const infos = checkObservations(agents, expected, result, report, at);
  const rewards = dictionary(result, 'rewards', report, at);
  const terminations = dictionary(result, 'terminations', report, at);
  const truncations = dictionary(result, 'truncations', report, at);
  agents.forEach(({ name }, i) => {
    const listed = live.includes(name);
    if (!expected[i]) {
      if (listed)
        report(
          `${at}agents`,
          `a list without ${name}, which was not in the episode before this step`,
          `one with ${name}`,
          'agents join only at reset() and do not return',
        );
      return;
    }
    const reward = rewards[name];
    if (typeof reward !== 'number' || !Number.isFinite(reward))
      report(`${at}rewards.${name}`, 'a finite number', reward);
    if (typeof terminations[name] !== 'boolean')
      report(`${at}terminations.${name}`, 'true or false', terminations[name]);
    if (typeof truncations[name] !== 'boolean')
      report(`${at}truncations.${name}`, 'true or false', truncations[name]);
    const over = terminations[name] === true || truncations[name] === true;
    if (over && listed)
      report(`${at}agents`, `a list without ${name}, whose episode is over`, `one with ${name}`);
    if (!over && !listed)
      report(
        `${at}agents`,
        `a list with ${name}, which is neither terminated nor truncated`,
        `one without ${name}`,
      );
    const standing = terminations[name] === true ? 'terminated' : over ? 'truncated' : 'acting';
    masks.check(i, infos[name], standing, report, at);
  });
}

/** `env.agents`, which must hold distinct names of `agents`. Faults are reported; undefined if it is not an array. */
export function checkAgents(
  env: CustomEnvironment,
  agents: readonly AgentSpaces[],
  report: Report,
  at: string,
): readonly unknown[] | undefined {
  const given: unknown = env.agents;
  if (!Array.isArray(given)) {
    report(`${at}agents`, 'an array of names, empty after the last step', given);
    return undefined;
  }
  const live: readonly unknown[] = given;
  live.forEach((name, i) => {
    if (!agents.some((agent) => agent.name === name))
      report(`${at}agents`, `names among ${agents.map((agent) => agent.name).join(', ')}`, name);
    else if (live.indexOf(name) !== i) report(`${at}agents`, 'unique names', `${String(name)} twice`);
  });
  return live;
}

/** Checks observations and that every expected agent has an info; returns the infos. */
function checkObservations(
  agents: readonly AgentSpaces[],
  expected: readonly boolean[],
  result: Fields,
  report: Report,
  at: string,
): Fields {
  const observations = dictionary(result, 'observations', report, at);
  const infos = dictionary(result, 'infos', report, at);
  agents.forEach(({ name, observation: { shape } }, i) => {
    const values = observations[name];
    if (values === undefined && !expected[i]) return;
    checkArray(values, shape[0], `${at}observations.${name}`, report);
    if (expected[i] && (typeof infos[name] !== 'object' || infos[name] === null))
      report(`${at}infos.${name}`, 'an object, {} if there is nothing to report', infos[name]);
  });
  for (const name of Object.keys(observations))
    if (!agents.some((agent) => agent.name === name))
      report(`${at}observations`, `agents among ${agents.map((agent) => agent.name).join(', ')}`, name);
  return infos;
}

function checkArray(values: unknown, width: number, where: string, report: Report): void {
  if (!(values instanceof Float32Array)) report(where, `a Float32Array of ${width} numbers`, values);
  else if (values.length !== width) report(where, `${width} numbers`, values.length);
  else {
    const bad = values.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) report(`${where}[${bad}]`, 'a finite number', values[bad]);
  }
}

type Fields = Partial<Record<string, unknown>>;

/** Whether `method` returned an object. Anything else is reported. */
function isResult(
  result: unknown,
  method: string,
  expected: string,
  report: Report,
  at: string,
): result is Fields {
  const when = at.slice(0, -2);
  if (isPromise(result)) {
    report(when, expected, 'a Promise', `${method}() must be synchronous: no async, no await`);
    return false;
  }
  if (typeof result === 'object' && result !== null) return true;
  report(when, expected, result);
  return false;
}

function dictionary(result: Fields, key: string, report: Report, at: string): Fields {
  const value = result[key];
  if (typeof value === 'object' && value !== null) return value;
  report(`${at}${key}`, 'an object with an entry per agent', value);
  return {};
}
