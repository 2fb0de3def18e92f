/** Players of the runs' last evaluation episodes, as a page holds them. */
import { deflateRawSync } from 'node:zlib';
import { shellQuote } from '../core/shell-quote.ts';
import type { PackedPlayer } from './run.ts';

/** Of all recordings in a page together, in bytes. */
const BUDGET = 300_000;

/** Players by path of the run, with the style sheet and script that they need once. */
export interface Players {
  readonly style: string;
  readonly script: string;
  readonly of: ReadonlyMap<string, RunPlayer>;
}

/** A run's player: its element in HTML, or one line that says why there is none. */
export type RunPlayer = { readonly element: string } | { readonly absent: string };

/** By path of the run. The first that fit are kept. */
export function packPlayers(players: Players['of'], budget = BUDGET): Record<string, PackedPlayer> {
  let left = budget;
  const pack = (path: string, player: RunPlayer): PackedPlayer => {
    if ('absent' in player) return player;
    const packed = deflateRawSync(player.element, { level: 9 }).toString('base64');
    if (packed.length > left) return { absent: `The page is full: npx maddpg replay ${shellQuote(path)}` };
    left -= packed.length;
    return { packed };
  };
  return Object.fromEntries([...players].map(([path, player]) => [path, pack(path, player)]));
}
