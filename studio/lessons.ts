/** Lessons: a minute each. They start by themselves, say what to look at, react to what happens, and end in free play. */
import { UserError } from '../src/browser.ts';
import { baselineOf, evaluationsOf, linesOf, returnOf } from './panels/returns.ts';
import type { Studio } from './studio.ts';

export interface Lesson {
  readonly name: string;
  /** On its button. */
  readonly title: string;
  readonly preset: string;
  readonly changes: Readonly<Record<string, string>>;
  /** Captions in order: the last whose time has come is shown. */
  readonly captions: readonly Caption[];
}

interface Caption {
  /** Whether its time has come. */
  readonly when: (moment: Moment) => boolean;
  readonly text: string;
}

/** How things stand in a lesson. */
interface Moment {
  readonly step: number;
  /** Return of the last test from 0 (as by chance) to 1 (as written by hand); undefined before it. */
  readonly share: number | undefined;
  /** The highest share so far; 0 before. */
  readonly peak: number;
  readonly ended: boolean;
}

const begun = (): boolean => true;
const beyond =
  (share: number) =>
  (moment: Moment): boolean =>
    moment.share !== undefined && moment.share > share;

export const LESSONS: readonly Lesson[] = [
  {
    name: 'spread',
    title: 'Cooperate',
    preset: 'mpe/simple_spread',
    changes: {},
    captions: [
      {
        when: begun,
        text: 'Three agents, three small landmarks. Each should stand on one. Nobody has told them: they flail.',
      },
      {
        when: ({ step }) => step > 1500,
        text: 'All they get is one number for the team: how far the landmarks are from the nearest agent. Watch them stop drifting away.',
      },
      {
        when: beyond(0),
        text: 'The first test above chance. They have noticed that near a landmark is better than far.',
      },
      {
        when: beyond(0.5),
        text: 'Half of the way. Look for two that want the same landmark: one of them learns to give way.',
      },
      {
        when: beyond(0.85),
        text: 'They share out the landmarks, without a word and without a leader. Drag one away and watch the others.',
      },
      {
        when: ({ ended }) => ended,
        text: 'Done: as good as a program written by hand. Now you: drag a landmark, or choose an agent and take it over.',
      },
    ],
  },
  {
    name: 'speak',
    title: 'Speak',
    preset: 'mpe/simple_speaker_listener',
    changes: { running_steps: '400000' },
    captions: [
      {
        when: begun,
        text: 'The one with the bubble sees which colour is meant but cannot move. The other can move but does not know where. Its only help: a letter.',
      },
      {
        when: ({ step }) => step > 8000,
        text: 'The letters mean nothing yet. The listener goes to the middle: the best guess if you know nothing.',
      },
      {
        when: beyond(0.3),
        text: 'Watch the bubble: the speaker begins to say different letters for different colours.',
      },
      {
        when: beyond(0.7),
        text: 'A language: each colour has its letter. Nobody chose which. Restart with another seed, and it is another.',
      },
      {
        when: beyond(0.95),
        text: 'It understands. Drag the listener away: it comes back to the landmark of its colour, as it is told.',
      },
      {
        when: ({ ended }) => ended,
        text: 'Done. Take the listener over and find the landmark by the letter alone: you have learned their language, too.',
      },
    ],
  },
  {
    name: 'chase',
    title: 'Chase',
    preset: 'mpe/simple_tag',
    changes: { running_steps: '200000', eval_interval: '20000' },
    captions: [
      {
        when: begun,
        text: 'Three red hunters chase a faster green prey. Both sides learn at once, each against the other.',
      },
      {
        when: ({ step }) => step > 12000,
        text: 'The hunters score as a team: +10 for a touch, whoever it is. The prey loses as much. Watch who learns first.',
      },
      {
        when: beyond(0.1),
        text: 'The hunters, this time: more touches than by chance. They come from several sides, and it takes all three.',
      },
      {
        when: ({ share, peak }) => share !== undefined && peak > 0.3 && share < peak / 2,
        text: 'Half as many touches. The hunters have not become worse: the prey has learned to run. An arms race: what one side learns makes the task of the other a new one.',
      },
      {
        when: ({ share }) => share !== undefined && share < 0,
        text: 'Fewer touches than by chance. The hunters have not become worse: the prey has learned to keep away. Look at the two curves.',
      },
      {
        when: ({ ended }) => ended,
        text: 'Your turn: choose a red one, take it over and lead the hunt. Or be the green one: how long do you last?',
      },
    ],
  },
];

/** @throws UserError for a lesson that does not exist */
export function lessonOf(name: string): Lesson {
  const lesson = LESSONS.find((one) => one.name === name);
  if (lesson) return lesson;
  const names = LESSONS.map((one) => `lesson/${one.name}`).join(', ');
  throw new UserError(`address: expected one of ${names} after #, got lesson/${name}`);
}

/** The caption whose time has come last. */
export function captionOf(lesson: Lesson, studio: Studio): string {
  const moment = momentOf(studio);
  return lesson.captions.findLast(({ when }) => when(moment))!.text;
}

function momentOf(studio: Studio): Moment {
  const { training, baselines } = studio;
  const [team = ''] = linesOf(studio);
  const shares: number[] = [];
  if (baselines?.scripted) {
    const [random, scripted] = [baselineOf(baselines.random, team), baselineOf(baselines.scripted, team)];
    for (const record of evaluationsOf(studio))
      shares.push((returnOf(record, team)! - random) / (scripted - random));
  }
  return {
    step: training.step,
    share: shares.at(-1),
    peak: Math.max(0, ...shares),
    ended: training.standing === 'ended',
  };
}
