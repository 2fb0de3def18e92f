/**
 * ActionMasks: the optional `infos[agent].action_mask` of custom environments. An agent has a mask always or never; the
 * first info that may hold one decides. If no agent has one after the first reset, the environment has none.
 */
import { actionMaskFault, writeActionMask, type ActionMaskValues } from '../../core/action-mask.ts';
import type { AgentSpaces, Report } from './custom-environment.ts';

/** Whether an agent acts on the observation, or its episode is over: truncated (it bootstraps) or terminated. */
export type Standing = 'acting' | 'truncated' | 'terminated';

const UNDECIDED = 2;
const RULE = 'give an agent a mask in every info from its first on, or never';

export class ActionMasks {
  readonly #agents: readonly AgentSpaces[];
  /** 1 for agents with masks, 0 for those without, [N]. */
  readonly decided: Uint8Array;

  constructor(agents: readonly AgentSpaces[]) {
    this.#agents = agents;
    this.decided = new Uint8Array(agents.length).fill(UNDECIDED);
  }

  /** Whether the environment has masks. */
  get present(): boolean {
    return this.decided.includes(1);
  }

  /** After the first reset: an environment without masks by then has none. */
  settle(): void {
    if (!this.present) this.decided.fill(0);
  }

  /** Checks the mask in agent i's info. A terminated agent needs none, and its mask may allow nothing. */
  check(i: number, info: unknown, standing: Standing, report: Report, at: string): void {
    const mask = maskIn(info);
    if (mask === undefined && (standing === 'terminated' || this.decided[i] === 0)) return;
    const { name, action } = this.#agents[i]!;
    const where = `${at}infos.${name}.action_mask`;
    if (mask !== undefined && action.kind !== 'discrete') {
      report(where, `no mask, since actionSpace('${name}') is a box`, mask);
      return;
    }
    if (this.decided[i] === UNDECIDED) this.decided[i] = mask === undefined ? 0 : 1;
    else if (mask === undefined) report(where, 'a mask, as before', mask, RULE);
    else if (this.decided[i] === 0) report(where, 'no mask, as before', mask, RULE);
    if (mask === undefined || action.kind !== 'discrete') return;
    const fault = actionMaskFault(mask, action.n, standing !== 'terminated');
    if (fault) report(`${where}${fault.path}`, fault.expected, fault.got);
  }

  /** The checked mask in an info, copied; undefined if there is none. */
  read(i: number, info: unknown): Uint8Array | undefined {
    const mask = maskIn(info);
    if (mask === undefined) return undefined;
    const { action } = this.#agents[i]!;
    const copy = new Uint8Array(action.kind === 'discrete' ? action.n : 0);
    writeActionMask(mask as ActionMaskValues, copy, 0);
    return copy;
  }

  /** Writes the checked mask in an info into columns of `out`; leaves them alone if there is none. */
  write(info: unknown, out: Uint8Array, at: number): void {
    const mask = maskIn(info);
    if (mask !== undefined) writeActionMask(mask as ActionMaskValues, out, at);
  }
}

function maskIn(info: unknown): unknown {
  return (info as { action_mask?: unknown } | null | undefined)?.action_mask;
}
