/**
 * MASAC: soft actor-critic whose critics see the joint observation and the joint action: the group's agents' as drawn,
 * the others' as they were in the sample.
 * The update stands in soft-learner.ts.
 */
import { softDesign, SoftLearner } from './soft-learner.ts';

export const MASAC_DESIGN = softDesign(['joint_obs', 'joint_act', 'id_i']);

export class MASACLearner extends SoftLearner {}
