/**
 * ISAC: independent soft actor-critic for every agent, whose critics see its own observation and action only.
 * The update stands in soft-learner.ts.
 */
import { softDesign, SoftLearner } from './soft-learner.ts';

export const ISAC_DESIGN = softDesign(['obs_i', 'act_i', 'id_i']);

export class ISACLearner extends SoftLearner {}
