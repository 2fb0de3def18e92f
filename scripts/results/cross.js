// Plays the runs of a task against each other, where there are opponents.
import { relative } from 'node:path';
import { meanOf } from '../../dist/evaluate/returns.js';
import { rounded, writeCross } from './raw.js';
import { maddpg, playersOf } from './runs.js';
import { EPISODES, STUDIES } from './tasks.js';

/** Who plays in the tables: studies do not. */
const partsOf = ({ parts }) => parts.filter((part) => !STUDIES.includes(part));

/** @param {import('./tasks.js').Task} task */
export function crossPlay(task) {
  if (!task.opposed) return;
  writeCross(task.name, crossOf(partsOf(task).flatMap((part) => playersOf(task, part))));
}

/**
 * How runs do on each side, by side: against the scripted controller and, if `others` play, on average against those.
 * @param {ReturnType<typeof playersOf>} runs setting after setting, as playersOf() gives them
 * @param {ReturnType<typeof playersOf>} others
 */
export function standingsOf(runs, others) {
  // Runs need not play those of other settings.
  const settings = [...new Set(runs.map(({ setting }) => setting))];
  return settings.flatMap((one) => {
    const own = runs.filter(({ setting }) => setting === one);
    return standingsAmong(own, others);
  });
}

function standingsAmong(runs, others) {
  const { sides } = crossOf([...runs, ...others.map((player) => ({ ...player, setting: 'ours' }))]);
  return runs.map((_, own) =>
    Object.fromEntries(
      sides.map(({ side, players, returns }) => {
        const mean = (setting) =>
          rounded(meanOf(returns[own].filter((_, k) => players[k].setting === setting)));
        return [side, { scripted: mean('scripted'), ...(others.length > 0 && { ours: mean('ours') }) }];
      }),
    ),
  );
}

/** Everybody against everybody. @param {ReturnType<typeof playersOf>} runs */
function crossOf(runs) {
  const folders = runs.map(({ run }) => run);
  const text = maddpg(['eval', '--cross', ...folders, '--episodes', `${EPISODES}`, '--json']);
  const { players, seed, sides } = JSON.parse(text);
  const own = players.map(({ name, checkpoint }) => {
    const found = runs.find(({ run }) => checkpoint && !relative(run, checkpoint).startsWith('..'));
    return found ? { setting: found.setting, seed: found.seed } : { setting: name };
  });
  return {
    ...{ episodes: EPISODES, seed },
    sides: sides.map(({ side, standings }) => ({
      ...{ side, players: own },
      returns: standings.map(({ against }) => against.map(({ mean }) => rounded(mean, 2))),
    })),
  };
}
