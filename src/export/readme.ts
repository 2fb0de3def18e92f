/** README.md of an export: where it comes from, the lines that act, and the agents' spaces. */
import type { ExportedModel, ExportedPolicy } from './exported-policy.ts';
import { FORMATS, type FormatName } from './formats.ts';
import { originOf } from './policy-json.ts';

/** Names and texts of a checkpoint, as code that no character leaves. */
const code = (text: string): string => `\`${text.replace(/[`|\n\r]/g, '_')}\``;

function inputsOf({ inputs }: ExportedModel): string {
  return inputs.map(({ name, width }) => `${code(name)} (${width})`).join(', ');
}

export function readme(policy: ExportedPolicy, format: FormatName): string {
  const by = FORMATS[format];
  const origin = Object.entries(originOf(policy)).map(([key, value]) => `- ${key}: ${code(value)}\n`);
  const rows = policy.agents.map(({ spec, identifier, actor }) => {
    const { actionKind, actWidth, actionLow, actionHigh } = spec;
    const state = actor.state > 0 ? `, \`state\` (${actor.state})` : '';
    const action =
      actionKind === 'box'
        ? `${actWidth} numbers from ${actionLow} to ${actionHigh}`
        : `a choice from 0 to ${actWidth - 1}`;
    return `| ${code(spec.name)} | ${code(identifier)} | ${inputsOf(actor)}${state} | ${action} |\n`;
  });
  const first = policy.agents[0]!;
  const subPolicies = first.actor.networks.length;
  const joint = policy.joint.map(
    ({ name, obsWidth, actWidth }) => `${code(name)} (${obsWidth}, ${actWidth})`,
  );
  return `# A policy of ${code(policy.origin.env_id)}

Written by ${code(`maddpg export --format ${format}`)}. It plays as ${code('maddpg eval')} does, without noise; observations are
given as the environment returns them.

\`\`\`${by.language}
${by.usage(policy)}\`\`\`

| agent | in names of files and functions | input | action |
| ----- | ------------------------------- | ----- | ------ |
${rows.join('')}${
    subPolicies > 1
      ? `\nAn ensemble of ${subPolicies} sub-policies: for each episode, evaluation draws one of them for every group of agents that share\nparameters.\n`
      : ''
  }${
    first.actor.state > 0
      ? '\nA recurrent policy: each step takes the state that the step before has returned; zeros begin an episode.\n'
      : ''
  }${
    first.critic
      ? `\nCritics take ${inputsOf(first.critic)}. Joint rows hold the agents side by side (observation, action): ${joint.join(', ')}${first.critic.inputs.some(({ name }) => name.startsWith('joint')) ? ", or, with critic_scope team, those of the agent's team" : ''}. A discrete action is a one-hot row.\n`
      : ''
  }
## Origin

${origin.join('')}`;
}
