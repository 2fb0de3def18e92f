// Plays the runs of a task against each other, where there are opponents.
import { relative } from 'node:path';
import { rounded, writeCross } from './raw.js';
import { maddpg, playersOf, sweepFolder } from './train.js';

/** Episodes of a pairing: each cell of a table joins up to 25. */
const EPISODES = 100;
/** Ablations change one side's learning and not who plays. */
const played = (part) => part !== 'ablation';

/** @param {import('./tasks.js').Task} task */
export function crossPlay(task) {
  if (!task.parts.includes('untuned')) return;
  const parts = task.parts.filter(played).filter((part) => playersOf(task, part).length > 0);
  const runs = parts.flatMap((part) => playersOf(task, part));
  const folders = parts.map((part) => sweepFolder(task, part));
  const text = maddpg(['eval', '--cross', ...folders, '--episodes', `${EPISODES}`, '--json']);
  const { players, seed, sides } = JSON.parse(text);
  const own = players.map(({ name, checkpoint }) => {
    const found = runs.find(({ run }) => checkpoint && !relative(run, checkpoint).startsWith('..'));
    return found ? { setting: found.setting, seed: found.seed } : { setting: name };
  });
  writeCross(task.name, {
    ...{ episodes: EPISODES, seed },
    sides: sides.map(({ side, standings }) => ({
      ...{ side, players: own },
      returns: standings.map(({ against }) => against.map(({ mean }) => rounded(mean, 2))),
    })),
  });
}
