/** XuanCe 1.4.4: `policy.pth`, a checkpoint of its networks, targets too, without optimizers. */
import { UserError } from '../core/user-error.ts';
import { inXuance, modelKeyOf, xuanceTensors } from '../policy/xuance-names.ts';
import type { ExportedPolicy } from './exported-policy.ts';
import type { ExportFormat } from './formats.ts';
import { encodeTorchFile } from './torch-file.ts';

export const xuance: ExportFormat = {
  files: (policy) => {
    requireXuance(policy);
    const { layout, weights } = policy.trained;
    const tensors = layout.groups.flatMap((group) =>
      layout
        .specs()
        .filter((spec) => inXuance(spec) && spec.name.endsWith(`/${group.name}`))
        .flatMap((spec) => xuanceTensors(spec, modelKeyOf(layout, group)))
        .map(({ name, xuance: theirs }) => [theirs, weights.get(name)!] as const),
    );
    return [{ name: 'policy.pth', content: encodeTorchFile('policy', new Map(tensors)) }];
  },
  language: 'python',
  usage: () => `# pip install torch xuance==1.4.4
import torch

networks = torch.load("policy.pth", weights_only=True)["policy"]
print(*networks, sep="\\n")  # XuanCe's names
# XuanCe's agent of the same configuration takes them: agent.load_model("policy.pth")
`,
};

/** Throws UserError for policies that XuanCe has no networks for. */
function requireXuance({ agents, joint, trained: { layout, weights } }: ExportedPolicy): void {
  const { groups, options } = layout;
  const shared = groups.length === 1;
  const cases: readonly (readonly [fault: boolean, expected: string, got: string])[] = [
    [agents.length < joint.length, 'all agents', 'one; leave out --agent'],
    [joint.some(({ actionKind }) => actionKind !== 'box'), 'continuous actions', 'discrete ones'],
    [
      !shared && groups.length < joint.length,
      'networks that all agents share, or none',
      'some shared by teams',
    ],
    [shared && joint.length > 1 && groups[0]!.idWidth === 0, 'ids of agents that share networks', 'none'],
    [
      groups.some(({ criticAgents }) => criticAgents !== undefined),
      'critics of all agents',
      'those of teams',
    ],
    [(options.ensemble_size ?? 1) > 1, 'one policy', 'an ensemble'],
    [
      options.recurrent?.critics === 'feed_forward',
      'recurrent critics of recurrent actors',
      'feed-forward ones (recurrent_critics: false)',
    ],
    [options.infer_policies === true, 'no inferred policies', 'some'],
    [weights.has('observation/mean'), 'raw observations', 'normalised ones (use_obsnorm)'],
  ];
  const fault = cases.find(([wrong]) => wrong);
  if (fault)
    throw new UserError(
      `--format xuance: expected ${fault[1]}, as XuanCe has, got ${fault[2]}; choose another`,
    );
}
