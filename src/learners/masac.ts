/**
 * MASAC: soft actor-critic whose critics see the joint observation and the joint action: the group's agents' as drawn,
 * the others' as they were in the sample. The update stands in soft-actor-critic.ts.
 */
import { softActorCritic } from './soft-actor-critic.ts';

export const MASAC = softActorCritic(['joint_obs', 'joint_act', 'id_i']);
