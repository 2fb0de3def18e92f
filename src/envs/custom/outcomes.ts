/**
 * What reset() and step() of a custom environment have to give back. The training and the checker
 * (contract.ts) hold an environment to the same rules, which are these. Texts are made only where a rule is broken.
 */
import type { AgentSpaces, CustomEnvironment, Report } from './custom-environment.ts';

/** `at` says when: 'reset: ', 'step 3: '. */
export function checkReset(
  env: CustomEnvironment,
  agents: readonly AgentSpaces[],
  result: unknown,
  report: Report,
  at: string,
): void {
  const names = agents.map(({ name }) => name);
  const live: readonly unknown[] = env.agents;
  const strange = live.find((name, i) => !names.includes(name as string) || live.indexOf(name) !== i);
  if (strange !== undefined) report(`${at}agents`, `some of ${names.join(', ')}, each once`, strange);
  if (live.length === 0) report(`${at}agents`, 'the agents of the new episode', 'none');
  const expected = names.map((name) => live.includes(name));
  checkObservations(agents, expected, result, report, at);
}

/** `live`: who was in the episode before the step, [N]. */
export function checkStep(
  env: CustomEnvironment,
  agents: readonly AgentSpaces[],
  live: ArrayLike<number>,
  result: unknown,
  report: Report,
  at: string,
): void {
  const expected = agents.map((_, i) => live[i] === 1);
  checkObservations(agents, expected, result, report, at);
  const given = fieldsOf(result);
  const rewards = dictionary(given, 'rewards', report, at);
  const terminations = dictionary(given, 'terminations', report, at);
  const truncations = dictionary(given, 'truncations', report, at);
  agents.forEach(({ name }, i) => {
    if (!expected[i]) return;
    const reward = rewards[name];
    if (typeof reward !== 'number' || !Number.isFinite(reward))
      report(`${at}rewards.${name}`, 'a finite number', reward);
    if (typeof terminations[name] !== 'boolean')
      report(`${at}terminations.${name}`, 'true or false', terminations[name]);
    if (typeof truncations[name] !== 'boolean')
      report(`${at}truncations.${name}`, 'true or false', truncations[name]);
    const over = terminations[name] === true || truncations[name] === true;
    const listed = env.agents.includes(name);
    if (over && listed)
      report(`${at}agents`, `a list without ${name}, whose episode is over`, `it with ${name}`);
    if (!over && !listed)
      report(
        `${at}agents`,
        `a list with ${name}, which is neither terminated nor truncated`,
        `it without ${name}`,
      );
  });
}

function checkObservations(
  agents: readonly AgentSpaces[],
  expected: readonly boolean[],
  result: unknown,
  report: Report,
  at: string,
): void {
  const given = fieldsOf(result);
  const observations = dictionary(given, 'observations', report, at);
  const infos = dictionary(given, 'infos', report, at);
  agents.forEach(({ name, observation: { shape } }, i) => {
    const values = observations[name];
    if (values === undefined && !expected[i]) return;
    checkArray(values, shape[0], `${at}observations.${name}`, report);
    if (expected[i] && (typeof infos[name] !== 'object' || infos[name] === null))
      report(`${at}infos.${name}`, 'an object, {} where there is nothing to say', infos[name]);
  });
  for (const name of Object.keys(observations))
    if (!agents.some((agent) => agent.name === name))
      report(`${at}observations`, `agents among ${agents.map((agent) => agent.name).join(', ')}`, name);
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

/** A Promise, or anything else that is no result, has none of the fields, and that is what is reported. */
function fieldsOf(result: unknown): Fields {
  return typeof result === 'object' && result !== null ? result : {};
}

function dictionary(result: Fields, key: string, report: Report, at: string): Fields {
  const value = result[key];
  if (typeof value === 'object' && value !== null) return value;
  report(`${at}${key}`, 'an object with an entry for each agent', value);
  return {};
}
