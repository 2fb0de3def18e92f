/** NumPy: `policy.npz`, all tensors and `policy.json` as bytes, and `policy.py`, which plays it with NumPy alone. */
import { tensorsOf } from './exported-policy.ts';
import type { ExportFormat } from './formats.ts';
import { encodeNpz } from './npy.ts';
import { policyJson } from './policy-json.ts';
import { pythonFile } from './python-files.ts';

export const numpy: ExportFormat = {
  files: (policy) => {
    const json = new TextEncoder().encode(policyJson(policy));
    const arrays = [['policy.json', { shape: [json.length], data: json }] as const, ...tensorsOf(policy)];
    return [
      { name: 'policy.npz', content: encodeNpz(arrays) },
      { name: 'policy.py', content: pythonFile('numpy') },
    ];
  },
  language: 'python',
  usage: ({ agents }) => {
    const { spec, actor } = agents[0]!;
    const name = JSON.stringify(spec.name);
    const act = `action = policy.act(${name}, obs)`;
    const remembering = `state = policy.initial_state(${name})  # where an episode begins
action, state = policy.step(${name}, obs, state)`;
    return `# pip install numpy
import numpy as np
from policy import Policy

policy = Policy("policy.npz")
obs = np.zeros(${spec.obsWidth}, np.float32)  # or [..., ${spec.obsWidth}], for many at once
${actor.state > 0 ? remembering : act}
print(action)  # ${spec.actionKind === 'box' ? `${spec.actWidth} numbers` : 'the choice'}
`;
  },
};
