/**
 * ISAC: independent soft actor-critic; critics see the agent's own observation and action only. The update is in
 * soft-actor-critic.ts.
 */
import { softActorCritic } from './soft-actor-critic.ts';

/** Independent soft actor-critic (Haarnoja et al. 2018). */
export const ISAC = softActorCritic(['obs_i', 'act_i', 'id_i']);
