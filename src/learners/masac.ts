/**
 * MASAC: soft actor-critic with joint critics. In the actor loss, all actions are drawn by the actors before any step.
 * The update is in soft-actor-critic.ts.
 */
import { softActorCritic } from './soft-actor-critic.ts';

/** Multi-agent soft actor-critic with joint critics. */
export const MASAC = softActorCritic(['joint_obs', 'joint_act', 'id_i']);
