import { describe, expect, it } from 'vitest';
import { cover } from '../../src/envs/mpe/controllers/go-to-targets.ts';
import { MpeSimulation, RUNNING } from '../../src/envs/mpe/simulation.ts';
import { simpleSpread } from '../../src/envs/mpe/scenarios/simple_spread_v3.ts';
import { environmentIds, makeVectorEnv } from '../../src/envs/registry.ts';
import { randomActor } from '../../src/evaluate/actors.ts';
import { episodeReturns } from '../../src/evaluate/play.ts';
import { CustomVectorEnv } from '../../src/envs/custom/vector.ts';
import { noopActor } from '../../src/evaluate/actors.ts';
import { Recorder } from '../../src/player/recorder.ts';
import { returnsOf, shapesOf } from '../../src/player/recording.ts';
import { Doors } from '../envs/custom/doors.ts';
import { recorded } from './recorded.ts';

describe('a recording', () => {
  it("has the environment's positions and rewards, of an episode's last state too", async () => {
    const { episodes } = await recorded('simple_spread_v3', { episodes: 2, seeds: [7] });
    const simulation = new MpeSimulation(simpleSpread.bind({ continuous_actions: true }), 1);
    const { spec, world } = simulation;
    const [obs, actions] = [new Float32Array(spec.obsTotal), new Float32Array(spec.actTotal)];
    const [rewards, outcome] = [new Float64Array(3), new Uint8Array(1)];
    const act = cover(spec, {});
    simulation.seed(0, 7);
    for (const episode of episodes) {
      simulation.start(0);
      for (const [k, frame] of episode.frames.entries()) {
        const positions = new Map(
          shapesOf(episode, frame).flatMap((shape) =>
            shape.kind === 'circle' && shape.agent ? [[shape.agent, [shape.x, shape.y]]] : [],
          ),
        );
        expect(Object.fromEntries(positions)).toEqual({
          agent_0: [...world.positions.subarray(0, 2)],
          agent_1: [...world.positions.subarray(2, 4)],
          agent_2: [...world.positions.subarray(4, 6)],
        });
        if (k === 25) break;
        simulation.observe(0, obs);
        act(obs, actions);
        simulation.step(actions, rewards, outcome);
        expect(episode.steps[k]!.rewards).toEqual([...rewards]);
        expect(outcome[0] === RUNNING).toBe(k < 24);
      }
      expect(episode.frames.length).toBe(26);
    }
  });

  it.each(environmentIds())('of %s changes nothing, and draws every body with its size', async (id) => {
    const { episodes, agents } = await recorded(id, { policy: 'random', episodes: 2, seeds: [3] });
    const env = makeVectorEnv(id, { continuous_actions: true }, 1);
    expect(episodes.map((episode) => returnsOf(episode))).toEqual(
      episodeReturns(env, randomActor(env.spec, 3), 2, 3),
    );
    for (const episode of episodes)
      for (const frame of episode.frames) {
        const drawn = shapesOf(episode, frame).flatMap((shape) =>
          shape.kind === 'circle' && shape.agent !== undefined ? [shape.agent] : [],
        );
        expect(drawn.toSorted()).toEqual(agents.map(({ name }) => name).toSorted());
      }
  });

  it('has the seeds and indices of its episodes', async () => {
    const { episodes } = await recorded('simple_v3', { episodes: 2, seeds: [4, 0] });
    expect(episodes.map(({ seed, index }) => [seed, index])).toEqual([
      [4, 0],
      [4, 1],
      [0, 0],
      [0, 1],
    ]);
  });

  it('of an environment without render() has observations in place of shapes', () => {
    const env = new CustomVectorEnv('doors', () => new Doors(), 1);
    const recorder = new Recorder(env, noopActor(env.spec), 1);
    episodeReturns(env, recorder.actor, 1, 1);
    const [{ frames, steps, looks }] = recorder.episodes as [(typeof recorder.episodes)[0]];
    expect([looks, frames.map(({ shapes }) => shapes.length), steps.length]).toEqual([
      [],
      [0, 0, 0, 0, 0, 0],
      5,
    ]);
    expect(steps[0]!.observations!.map(({ length }) => length)).toEqual([2, 2, 2]);
    expect(steps[0]!.actions[2]).toEqual([0]);
  });

  it('has what speakers say', async () => {
    const { episodes } = await recorded('simple_speaker_listener_v4');
    const [{ frames }] = episodes as [(typeof episodes)[0]];
    expect(frames[0]!.says).toEqual([[0, 0, 0], null]);
    expect(frames[1]!.says![0]!.toSorted()).toEqual([0, 0, 1]);
  });
});
