/**
 * ISAC: independent soft actor-critic for every agent, whose critics see its own observation and action only.
 * The update stands in soft-actor-critic.ts.
 */
import { softActorCritic } from './soft-actor-critic.ts';

export const ISAC = softActorCritic(['obs_i', 'act_i', 'id_i']);
