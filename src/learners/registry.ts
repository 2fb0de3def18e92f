/** The algorithms by the name that the key `agent` uses. Adding one: its file, and a line here. */
import type { PolicyDesign } from '../policy/design.ts';
import type { Learner } from './learner.ts';
import { IDDPG_DESIGN, IDDPGLearner } from './iddpg.ts';
import { ISAC_DESIGN, ISACLearner } from './isac.ts';
import { MADDPG_DESIGN, MADDPGLearner } from './maddpg.ts';
import { MASAC_DESIGN, MASACLearner } from './masac.ts';
import { MATD3_DESIGN, MATD3Learner } from './matd3.ts';

export interface Algorithm {
  readonly Learner: new (...args: ConstructorParameters<typeof Learner>) => Learner;
  readonly design: PolicyDesign;
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  MADDPG: { Learner: MADDPGLearner, design: MADDPG_DESIGN },
  MATD3: { Learner: MATD3Learner, design: MATD3_DESIGN },
  IDDPG: { Learner: IDDPGLearner, design: IDDPG_DESIGN },
  ISAC: { Learner: ISACLearner, design: ISAC_DESIGN },
  MASAC: { Learner: MASACLearner, design: MASAC_DESIGN },
};

export function findLearner(agent: string): Algorithm | undefined {
  return ALGORITHMS[agent];
}

export function learnerNames(): string[] {
  return Object.keys(ALGORITHMS);
}
