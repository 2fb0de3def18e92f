/** `maddpg replay`: shows episodes of a policy as a page, GIF, video or image. */
import { Option, type Command } from 'commander';
import { UserError } from '../core/user-error.ts';
import { removeTemporaryFoldersAtExit } from '../run/temporary-folder.ts';
import { append, wholeNumber } from './arguments.ts';
import type { PolicyName } from './eval.ts';
import { openFile } from './open-file.ts';
import type { replaying } from './replaying.ts';
import { startPrinting } from './thread.ts';

export interface ReplayOptions {
  best?: boolean;
  env?: string;
  set?: string[];
  policy: PolicyName;
  against?: string;
  episodes: number;
  seed: number[];
  camera: 'fixed' | 'mpe2';
  out?: string;
  open?: boolean;
  gif?: string;
  mp4?: string;
  png?: string;
  trust?: boolean;
}

export function register(program: Command): void {
  program
    .command('replay')
    .description('watch a policy play: writes a page with a player, or a GIF, MP4 or PNG')
    .argument('[run|checkpoint]', 'run directory, its zip or checkpoint folder')
    .option('--best', 'use the checkpoint of the best evaluation instead of the newest')
    .option('--env <id>', 'environment, instead of a checkpoint, for untrained policies')
    .option('--set <key=value>', 'override a key of the --env configuration (YAML value); repeatable', append)
    .addOption(
      new Option('--policy <name>', 'policy: trained, uniform random, no-op, or scripted by hand')
        .choices(['trained', 'random', 'noop', 'scripted'])
        .default('trained'),
    )
    .option('--against <run|checkpoint>', 'another policy, which plays all sides but the first')
    .option('--episodes <n>', 'episodes per seed', wholeNumber('--episodes', 1), 5)
    .option('--seed <n,...>', 'environment seeds, each set once as in eval', seedList, [0])
    .addOption(
      new Option('--camera <name>', "fixed for each episode, or MPE2's, which follows the farthest body")
        .choices(['fixed', 'mpe2'])
        .default('fixed'),
    )
    .option('--out <file>', 'the page (default: replay.html in the run directory, or here without one)')
    .option('--open', 'open the page in a browser')
    .option('--gif <file>', 'write the first episode as a GIF instead of the page')
    .option('--mp4 <file>', 'write the first episode as a video; needs npm install h264-mp4-encoder@1.0.12')
    .option('--png <file>', "write the first episode's last frame with all agents' paths")
    .option('--trust', "run an environment inside the checkpoint's or run's own folder")
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ npx maddpg replay runs/spread\n' +
        '  $ npx maddpg replay --env simple_tag_v3 --policy scripted --gif tag.gif\n',
    )
    .action(run);
}

async function run(target: string | undefined, options: ReplayOptions): Promise<void> {
  removeTemporaryFoldersAtExit();
  const work = { ...options, ...(target !== undefined && { target }) };
  const thread = startPrinting<typeof replaying>('replay', work);
  const interrupt = (): void => {
    // First the thread, so that it writes nothing into folders that are being removed.
    thread.terminate(() => process.exit(130));
  };
  process.on('SIGINT', interrupt);
  const written = await thread.result;
  process.off('SIGINT', interrupt);
  process.stdout.write(written);
  if (options.open === true) await openFile(written.trimEnd().split('\n').at(-1)!);
}

/** `0` or `0,1,2` */
function seedList(text: string): number[] {
  const seeds = text.split(',').map(wholeNumber('--seed', 0));
  const twice = seeds.find((seed, k) => seeds.indexOf(seed) !== k);
  if (twice !== undefined) throw new UserError(`--seed: expected distinct seeds, got ${twice} twice`);
  return seeds;
}
