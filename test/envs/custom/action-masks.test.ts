/** Action masks of custom environments: what training reads, and the faults that training and the checker report. */
import { describe, expect, it } from 'vitest';
import { checkEnvironment } from '../../../src/envs/custom/contract.ts';
import { CustomVectorEnv } from '../../../src/envs/custom/vector.ts';
import type { Info } from '../../../src/envs/parallel-env.ts';
import { makeVectorEnv } from '../../../src/envs/registry.ts';
import { Doors, DOORS } from './doors.ts';
import { Staggered } from './staggered.ts';

/** Joint actions [E, 9] that are allowed. */
const allowed = (env: CustomVectorEnv): Float32Array =>
  Float32Array.from(env.actionMask!, (x, k) => x * (1 + (k % 9)));

/** A Doors whose infos `change` alters; `t` is 0 after reset(). */
function changed(change: (infos: Record<string, Info>, t: number) => unknown): Doors {
  const env = new Doors();
  const [reset, step] = [env.reset.bind(env), env.step.bind(env)];
  const altered = <T extends { infos: Record<string, Info> }>(result: T): T => {
    change(result.infos, env.t);
    return result;
  };
  return Object.assign(env, {
    reset: (options?: { seed?: number }) => altered(reset(options)),
    step: (actions: Parameters<Doors['step']>[0]) => altered(step(actions)),
  });
}

describe('CustomVectorEnv', () => {
  it('has the masks of the observation and of the next one, ones for Box actions and absent agents', () => {
    const made: Doors[] = [];
    const make = (): Doors => {
      made.push(new Doors());
      return made.at(-1)!;
    };
    const env = new CustomVectorEnv('doors', make, 2);
    expect([env.actionMask, env.nextActionMask]).toEqual([undefined, undefined]);
    env.reset([1, 2]);
    const rows = (of: (env: Doors, e: number) => number[]): number[] => made.flatMap(of);
    const doors = ({ open }: Doors): number[] => [...open['door_0']!, ...open['door_1']!, 1];
    expect([...env.actionMask!]).toEqual(rows(doors));
    expect([...env.nextActionMask!]).toEqual(rows(doors));
    expect(env.actionMask).toContain(0);
    const ones = new Array<number>(DOORS).fill(1);
    for (let t = 1; t <= 5; t++) {
      env.step(allowed(env));
      if (t < 3) expect([...env.nextActionMask!]).toEqual(rows(doors));
      // door_1 has terminated, with a mask that allows nothing.
      else if (t < 5)
        expect([...env.nextActionMask!]).toEqual(rows(({ open }) => [...open['door_0']!, ...ones, 1]));
      if (t < 5) expect([...env.actionMask!]).toEqual([...env.nextActionMask!]);
    }
    expect([...env.ended]).toEqual([1, 1]);
    expect([...env.actionMask!]).toEqual(rows(doors)); // of the next episode
    expect([...env.nextActionMask!.subarray(4, 8)]).toEqual(ones);
    expect([...env.actionMask!]).not.toEqual([...env.nextActionMask!]);
  });

  it('takes booleans and typed arrays for masks', () => {
    const kinds = [
      (mask: number[]) => mask.map((x) => x === 1),
      (mask: number[]) => Int8Array.from(mask),
      (mask: number[]) => Float32Array.from(mask),
    ];
    const masks = [undefined, ...kinds].map((kind) => {
      const env = new CustomVectorEnv(
        'doors',
        () =>
          changed((infos) => {
            const info = infos['door_0'];
            if (info && kind) info['action_mask'] = kind(info['action_mask'] as number[]);
          }),
        1,
      );
      env.reset([5]);
      return [...env.actionMask!];
    });
    for (const mask of masks) expect(mask).toEqual(masks[0]);
  });

  it('restores masks with a snapshot, in an environment that was never reset', () => {
    const [one, other] = [0, 1].map(() => new CustomVectorEnv('doors', () => new Doors(), 2)) as [
      CustomVectorEnv,
      CustomVectorEnv,
    ];
    one.reset([3, 4]);
    for (let t = 0; t < 4; t++) one.step(allowed(one));
    other.restore(one.snapshot());
    for (let t = 0; t < 12; t++) {
      expect(other.actionMask).toEqual(one.actionMask);
      const actions = allowed(one);
      for (const env of [one, other]) env.step(actions);
      expect(other.nextActionMask).toEqual(one.nextActionMask);
      expect(other.obs).toEqual(one.obs);
    }
  });

  it('has no masks where the environment gives none', () => {
    const env = new CustomVectorEnv('staggered', () => new Staggered(), 1);
    env.reset([1]);
    env.step(Float32Array.of(0, 0, 1, 0, 0));
    expect([env.actionMask, env.nextActionMask]).toEqual([undefined, undefined]);
    const mpe = makeVectorEnv('simple_spread_v3', { continuous_actions: false }, 1);
    mpe.reset([1]);
    expect([mpe.actionMask, mpe.nextActionMask]).toEqual([undefined, undefined]);
  });
});

type Change = (infos: Record<string, Info>, t: number) => unknown;
const set =
  (at: number, name: string, mask: unknown): Change =>
  (infos, t) => {
    if (t === at && infos[name]) infos[name]['action_mask'] = mask;
  };

const FAULTS: readonly [string, Change, string][] = [
  [
    'a short mask',
    set(1, 'door_0', [1, 0]),
    'infos.door_0.action_mask: expected 4 values, one per action, got 2',
  ],
  [
    'a number',
    set(1, 'door_0', 7),
    'infos.door_0.action_mask: expected an array of 4 numbers, 1 for each allowed action and 0 for others, got 7',
  ],
  [
    'a fraction',
    set(1, 'door_0', [1, 0.5, 0, 0]),
    'infos.door_0.action_mask[1]: expected 0, 1, false or true, got 0.5',
  ],
  [
    'no allowed action',
    set(1, 'door_0', [0, 0, 0, 0]),
    'infos.door_0.action_mask: expected at least one allowed action, got none',
  ],
  [
    'a mask that stays away',
    set(1, 'door_0', undefined),
    'infos.door_0.action_mask: expected a mask, as before, got nothing; give an agent a mask in every info from its ' +
      'first on, or never',
  ],
  [
    'a Box action',
    set(1, 'mover', [1]),
    "infos.mover.action_mask: expected no mask, since actionSpace('mover') is a box, got Array of 1 values",
  ],
  [
    'a mask that comes late',
    (infos, t) => {
      if (t === 0) for (const info of Object.values(infos)) delete info['action_mask'];
    },
    'infos.door_0.action_mask: expected no mask, as before, got Array of 4 values; give an agent a mask in every info ' +
      'from its first on, or never',
  ],
];

describe.each(FAULTS)('a fault in masks: %s', (_, change, message) => {
  it('stops training at that step', () => {
    const env = new CustomVectorEnv('doors', () => changed(change), 1);
    env.reset([1]);
    const actions = env.actionMask ? allowed(env) : new Float32Array(9);
    // Without masks the test does not know which door is open.
    if (!env.actionMask) for (let k = 0; k < 8; k += DOORS) actions[k + openDoor(k / DOORS)] = 1;
    expect(() => {
      env.step(actions);
    }).toThrow(`doors: step: ${message}`);
  });
});

/** An open door of an agent after reset({ seed: 1 }). */
function openDoor(agent: number): number {
  const env = new Doors();
  env.reset({ seed: 1 });
  return env.open[`door_${agent}`]!.indexOf(1);
}

describe('checkEnvironment', () => {
  it('plays allowed actions', () => {
    expect(checkEnvironment(() => new Doors(), { episodes: 20 })).toMatchObject({
      faults: [],
      episodes: 20,
      steps: 100,
      endedEarly: ['door_1'],
    });
  });

  it.each(FAULTS.slice(0, 6))('reports %s', (_, change, message) => {
    expect(checkEnvironment(() => changed(change)).faults).toEqual([`step 1: ${message}`]);
  });

  it('notices masks that a seed does not determine', () => {
    let bit = 0;
    const [fault] = checkEnvironment(() => {
      bit = 1 - bit;
      return changed(set(5, 'door_0', [1, bit, 0, 0]));
    }).faults;
    expect(fault).toBe(
      'in a new environment: step 5: infos.door_0.action_mask[1]: expected 1 as in the first run with the same seed and ' +
        'actions, got 0; seed your own random generator in reset(), and reset all other state there',
    );
  });
});
