/**
 * A progress bar on the last line of a terminal. It fits the width and changes no setting of the terminal, so a process
 * that dies leaves nothing to restore.
 */
import { SingleBar } from 'cli-progress';
import { hasBlocks, sparkline } from './sparkline.ts';

/** Texts beside the bar, most important first. */
export interface Figures {
  /** The bar makes room for these. */
  readonly main: readonly string[];
  /** Drawn behind the last of them. */
  readonly curve?: readonly number[];
  /** Shown where there is room beside the bar. */
  readonly extra: readonly string[];
}

/** Characters between two figures. */
export const GAP = '  ';

/** Length of a bar that does not shrink further for extra figures. */
const SHORT = 10;

/** Where text goes, and how wide that is. */
export type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;

/** Whether to draw on `stream`: a terminal that understands escape codes, and whose user wants them. */
export function canDraw(stream: Screen): boolean {
  const { TERM, NO_COLOR = '' } = process.env;
  return stream.isTTY && TERM !== 'dumb' && NO_COLOR === '';
}

export class Bar {
  readonly #stream: NodeJS.WriteStream;
  readonly #bar: SingleBar;
  #started = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    const blocks = hasBlocks();
    this.#bar = new SingleBar({
      format: (_, { progress, maxWidth }, { figures }: { figures: Figures }) =>
        barLine(progress, figures, maxWidth, blocks),
      stream,
      // Left on: printed lines may be longer than the width.
      linewrap: true,
      clearOnComplete: true,
      forceRedraw: true,
    });
    // At the start of the bar, the cursor stays on its first row if the terminal is made smaller and wraps it; clearing down
    // from there clears all of it.
    this.#bar.on('redraw-post', () => {
      stream.write('\u001b[J\r');
    });
  }

  draw(value: number, total: number, figures: Figures): void {
    if (this.#started) this.#bar.update(value, { figures });
    else this.#bar.start(total, value, { figures });
    this.#started = true;
  }

  /** Prints a line above the bar. */
  print(line: string): void {
    this.#stream.write(`\r\u001b[J${line}\n`);
  }

  /** Clears the bar. */
  stop(): void {
    if (!this.#started) return;
    // The bar's stop() moves the cursor to its saved position, that of the first bar, above all printed lines: save this one.
    this.#stream.write('\r\u001b[J\u001b7');
    this.#bar.stop();
    this.#started = false;
  }
}

/**
 * The bar at `progress` (0 to 1) in fewer than `columns` characters: a full line would make the terminal wrap.
 * `blocks`: whether the terminal has more than ASCII; the curve needs that.
 */
export function barLine(
  progress: number,
  { main, curve = [], extra }: Figures,
  columns: number,
  blocks: boolean,
): string {
  const room = columns - 1;
  const size = Math.floor(columns / 8);
  let text = `${Math.floor(progress * 100)}%`.padStart(4);
  const add = (figures: readonly string[], limit: number): boolean =>
    figures.every((figure) => {
      const longer = `${text}${GAP}${figure}`;
      if (longer.length > limit) return false;
      text = longer;
      return true;
    });
  if (add(main, room)) {
    if (blocks) text = `${text} ${sparkline(curve, Math.min(size, room - text.length - 1))}`.trimEnd();
    add(extra, room - Math.min(size, SHORT) - 1);
  }
  const left = Math.max(0, Math.min(size, room - text.length - 1));
  const done = Math.floor(progress * left);
  const [full, empty] = blocks ? ['━', '─'] : ['=', '-'];
  return `${full.repeat(done)}${empty.repeat(left - done)} ${text}`.trimStart().slice(0, room);
}
