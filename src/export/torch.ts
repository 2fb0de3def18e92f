/** PyTorch: `policy.safetensors`, with `policy.json` in its metadata, and `policy.py`, whose modules are trainable. */
import { encodeSafetensors } from '../checkpoint/safetensors.ts';
import { tensorsOf } from './exported-policy.ts';
import type { ExportFormat } from './formats.ts';
import { policyJson } from './policy-json.ts';
import { pythonFile } from './python-files.ts';

export const torch: ExportFormat = {
  files: (policy) => [
    {
      name: 'policy.safetensors',
      content: encodeSafetensors(tensorsOf(policy), { format: 'pt', policy: policyJson(policy) }),
    },
    { name: 'policy.py', content: pythonFile('torch') },
  ],
  language: 'python',
  usage: ({ agents }) => {
    const { spec, actor } = agents[0]!;
    const remembers = actor.state > 0;
    const state = 'state = torch.zeros(1, actor.state)  # where an episode begins\n';
    return `# pip install torch
import torch
from policy import load

actors, critics = load("policy.safetensors")
actor = actors[${JSON.stringify(spec.name)}]
obs = torch.zeros(1, ${spec.obsWidth})  # a row per observation
${remembers ? state : ''}with torch.no_grad():
    ${remembers ? 'action, state = actor.step(obs, state)' : 'action = actor.act(obs)'}
print(action)  # ${spec.actionKind === 'box' ? `[[...]]: ${spec.actWidth} numbers per row` : '[k]: a choice per row'}
`;
  },
};
