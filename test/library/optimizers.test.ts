/** All forms of optimizer and scheduler arguments, and the resulting learning rates. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  Adam,
  MADDPGLearner,
  MASACLearner,
  Scheduler,
  type LearnerMAS,
  type Policy,
} from '../../src/index.ts';
import { alike, faultOf, numbersOf, sampleOf, unlike, untyped } from './small.ts';

const constant = (rate: number): Adam => new Adam({ learningRate: rate });
const halving = (rate: number): Scheduler =>
  new Scheduler(rate, { kind: 'exponential', decayRate: 0.5, decaySteps: 1 });

/** Reported actor and critic learning rates of three updates. */
async function rates(optimizer: unknown, scheduler?: unknown, config = {}): Promise<[number, number][]> {
  const { policy } = await alike();
  const learner = new MADDPGLearner(...untyped(config, policy, optimizer, scheduler));
  return [1, 2, 3].map((seed) => {
    const info = learner.update(sampleOf(learner, seed));
    return [info['learning_rate_actor']!, info['learning_rate_critic']!];
  });
}

const still = (actor: number, critic: number): [number, number][] =>
  Array<[number, number]>(3).fill([actor, critic]);

describe('the learning rate', () => {
  it.each<[string, unknown]>([
    ['left out', undefined],
    ['null', null],
    ['two nulls', [null, null]],
    ['an empty mapping', {}],
    ['nulls by name', { 'actor/shared': null, critic: null }],
  ])('is constant if the scheduler is %s', async (_, scheduler) => {
    expect(await rates([constant(0.02), constant(0.03)], scheduler)).toEqual(still(0.02, 0.03));
  });

  it("defaults to the config's, then the key table's", async () => {
    const keys = { learning_rate_actor: 0.25, learning_rate_critic: 0.125 };
    expect(await rates([new Adam(), new Adam()], null, keys)).toEqual(still(0.25, 0.125));
    expect(await rates([new Adam(), new Adam()])).toEqual(still(0.01, 0.001));
  });

  it("follows the scheduler; info has the next update's rate", async () => {
    const halved = [0.02, 0.01, 0.005];
    expect(await rates([constant(0.04), new Adam()], [halving(0.04), null])).toEqual(
      halved.map((rate) => [rate, 0.001]),
    );
    expect(await rates([new Adam(), new Adam()], { critic: halving(0.04) })).toEqual(
      halved.map((rate) => [0.01, rate]),
    );
  });
});

describe('forms of optimizer and scheduler', () => {
  const NAMES = ['actor/cat', 'actor/mouse', 'critic/cat', 'critic/mouse'] as const;
  /** State after two updates with four learning rates, two of them scheduled. */
  async function trained(form: (adams: Adam[], schedulers: Scheduler[]) => readonly [unknown, unknown]) {
    const { policy } = await unlike();
    const adams = NAMES.map((_, k) => new Adam({ epsilon: 10 ** -(3 + k) }));
    const schedulers = NAMES.map((_, k) => halving(0.01 * (k + 1)));
    const [optimizer, scheduler] = form(adams, schedulers);
    const learner = new MADDPGLearner(...untyped({}, policy, optimizer, scheduler));
    for (const seed of [1, 2]) learner.update(sampleOf(learner, seed));
    return [numbersOf(learner), adams.map(({ steps }) => steps), schedulers.map(({ steps }) => steps)];
  }
  const byGroup = <T>([cat, mouse]: readonly T[]): Record<string, T> => ({ cat: cat!, mouse: mouse! });
  const toMap = <T>(mapping: Record<string, T>): Map<string, T> => new Map(Object.entries(mapping));
  const named = <T>(all: readonly T[]): Record<string, T> =>
    Object.fromEntries(all.map((one, k) => [NAMES[k]!, one]));
  const documented = <T>(all: readonly T[]) => [byGroup(all.slice(0, 2)), byGroup(all.slice(2))];

  it.each<[string, (all: (Adam | Scheduler)[]) => unknown]>([
    ['[actor, critic] of Maps by group', (all) => documented(all).map(toMap)],
    [
      'actor and critic by name, of mappings by group',
      (all) => ({ actor: documented(all)[0], critic: documented(all)[1] }),
    ],
    ['a plain object of full names', named],
    ['a Map of full names', (all) => toMap(named(all))],
    [
      'full names for one network and groups for the other',
      (all) => ({ ...named(all.slice(0, 2)), critic: documented(all)[1] }),
    ],
  ])('%s equal [actor, critic] by group', async (_, form) => {
    const wanted = await trained((adams, schedulers) => [documented(adams), documented(schedulers)]);
    expect(wanted.slice(1)).toEqual([
      [2, 2, 2, 2],
      [2, 2, 2, 2],
    ]);
    expect(await trained((adams, schedulers) => [form(adams), form(schedulers)])).toEqual(wanted);
  });

  it('are exposed in a form that the constructor accepts', async () => {
    const single = await alike();
    expect([single.optimizer.actor, single.scheduler.critic].map((one) => one.constructor)).toEqual([
      Adam,
      Scheduler,
    ]);
    const made = await unlike();
    expect([...(made.optimizer.actor as Map<string, Adam>).keys()]).toEqual(['cat', 'mouse']);
    const again = new MADDPGLearner(
      {},
      made.policy,
      [made.optimizer.actor, made.optimizer.critic],
      made.scheduler,
    );
    expect(again.optimizer).toEqual(made.optimizer);
    expect(again.scheduler).toEqual(made.scheduler);
    expect((again.optimizer.critic as Map<string, Adam>).get('mouse')).toBe(
      (made.optimizer.critic as Map<string, Adam>).get('mouse'),
    );
  });

  it("may omit the temperature's", async () => {
    const made = await alike({ agent: 'MASAC' });
    const { policy, optimizer } = made;
    const config = { learning_rate_actor: 0.125 };
    const own = new MASACLearner(config, policy, [optimizer.actor, optimizer.critic], [null, null]);
    const alpha = own.optimizer.alpha as Adam;
    expect(alpha).not.toBe(optimizer.alpha);
    expect([alpha.options.epsilon, alpha.learningRate]).toEqual([1e-8, 0.125]);
    const given = new MASACLearner(config, policy, { ...optimizer, alpha: constant(0.5) });
    expect((given.scheduler.alpha as Scheduler).learningRate).toBe(0.5);
  });
});

describe('optimizers of approximate policies', () => {
  it('are created by the learner', async () => {
    const made = await unlike({ infer_policies: true });
    const { policy, optimizer } = made;
    const own = new MADDPGLearner({}, policy, [optimizer.actor, optimizer.critic]);
    const inferred = own.optimizer.inferred as Map<string, Adam>;
    own.update(sampleOf(own));
    expect([...inferred].map(([group, { steps }]) => [group, steps])).toEqual([
      ['cat', 1],
      ['mouse', 1],
    ]);
    expect((made.optimizer.inferred as Map<string, Adam>).get('cat')!.steps).toBe(0);
  });
});

describe('faults of optimizer and scheduler', () => {
  let one: LearnerMAS;
  let two: LearnerMAS;
  beforeAll(async () => {
    one = await alike();
    two = await unlike();
  });
  const adam = new Adam();
  const scheduler = new Scheduler(0.01);
  const fault = (policy: Policy, optimizer: unknown, schedulers?: unknown): Promise<string> =>
    faultOf(() => new MADDPGLearner(...untyped({}, policy, optimizer, schedulers)));

  it.each<[string, unknown, unknown, string]>([
    [
      'no optimizer',
      undefined,
      null,
      'optimizer: expected [actor, critic] with an Adam each, or a mapping by name, got none',
    ],
    [
      'an Adam alone',
      adam,
      null,
      'optimizer: expected [actor, critic] with an Adam each, or a mapping by name, got an Adam',
    ],
    [
      'a list of one',
      [adam],
      null,
      'optimizer: expected [actor, critic] with an Adam each, or a mapping by name, got an array of 1',
    ],
    ['a missing one', [adam, null], null, 'optimizer: expected an Adam for critic/shared, got none'],
    ['a missing name', { actor: adam }, null, 'optimizer: expected an Adam for critic/shared, got none'],
    ['something else', [adam, 0.01], null, 'optimizer: expected an Adam for critic/shared, got 0.01'],
    [
      'options instead of an Adam',
      [adam, { lr: 0.1 }],
      null,
      'optimizer: critic: expected groups among shared, got "lr"',
    ],
    [
      'an unknown name',
      { actor: adam, critics: adam },
      null,
      'optimizer: expected names among actor, critic, actor/shared, critic/shared, got "critics"',
    ],
    [
      'an unknown group',
      [{ agent_0: adam }, adam],
      null,
      'optimizer: actor: expected groups among shared, got "agent_0"',
    ],
    [
      'one name twice',
      { actor: adam, 'actor/shared': new Adam(), critic: new Adam() },
      null,
      'optimizer: expected one for actor/shared, got two',
    ],
    [
      'the same for both',
      [adam, adam],
      null,
      'optimizer: expected an Adam each for actor/shared and critic/shared, got the same for both',
    ],
    [
      'a scheduler alone',
      [adam, new Adam()],
      scheduler,
      'scheduler: expected [actor, critic] with a Scheduler each, or a mapping by name, got a Scheduler',
    ],
    [
      'an Adam as scheduler',
      [adam, new Adam()],
      [adam, null],
      'scheduler: expected a Scheduler for actor/shared, got an Adam',
    ],
    [
      'the same scheduler for both',
      [adam, new Adam()],
      [scheduler, scheduler],
      'scheduler: expected a Scheduler each for actor/shared and critic/shared, got the same for both',
    ],
    [
      'another rate than that of the optimizer',
      [constant(0.02), new Adam()],
      [scheduler, null],
      'scheduler: expected initial rate 0.02, the learningRate of the optimizer of actor/shared, got 0.01; leave out learningRate',
    ],
  ])('%s', async (_, optimizer, schedulers, message) => {
    expect(await fault(one.policy, optimizer, schedulers)).toBe(`UserError: MADDPGLearner: ${message}`);
  });

  it('of several groups', async () => {
    const both = { cat: new Adam(), mouse: new Adam() };
    expect(await fault(two.policy, [adam, both])).toBe(
      'UserError: MADDPGLearner: optimizer: actor: expected a mapping of cat, mouse to an Adam each, got an Adam',
    );
    expect(await fault(two.policy, [both, { cat: adam }])).toBe(
      'UserError: MADDPGLearner: optimizer: expected an Adam for critic/mouse, got none',
    );
    expect(await fault(two.policy, [both, { cat: adam, dog: new Adam() }])).toBe(
      'UserError: MADDPGLearner: optimizer: critic: expected groups among cat, mouse, got "dog"',
    );
  });
});
