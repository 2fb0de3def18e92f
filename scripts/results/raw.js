// The raw results. docs/results/<task>.jsonl: a line per trained run and per untrained policy. docs/results/<task>.cross.json:
// returns between opponents. The page is made of them alone.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'results');

/**
 * @typedef {object} Line
 * @property {string} part
 * @property {string} setting the row of the page
 * @property {number} [seed] of a trained run
 * @property {number} [steps] environment steps
 * @property {number} [seconds] of training, beside another one
 * @property {number} mean return over agents and episodes
 * @property {number} std over episodes
 * @property {Record<string, number>} teams mean return by team
 * @property {string} [config] fingerprint of our configuration
 * @property {Record<string, { scripted: number, ours?: number }>} [against] of a study, by side, between opponents
 * @property {{ steps: readonly number[], mean: readonly number[] }} [curve] evaluations during training
 */

/** @param {string} name of a task @returns {Line[]} */
export function readRaw(name) {
  const file = join(FOLDER, `${name}.jsonl`);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Replaces the lines of a part. @param {string} name of a task @param {string} part @param {readonly Omit<Line, 'part'>[]} lines */
export function writeRaw(name, part, lines) {
  mkdirSync(FOLDER, { recursive: true });
  const others = readRaw(name).filter((line) => line.part !== part);
  const all = [...others, ...lines.map((line) => ({ part, ...line }))];
  writeFileSync(join(FOLDER, `${name}.jsonl`), all.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/**
 * @typedef {object} CrossSide
 * @property {string} side
 * @property {readonly { setting: string, seed?: number }[]} players
 * @property {readonly (readonly number[])[]} returns of the side, [player][opponent]
 */

const crossFile = (name) => join(FOLDER, `${name}.cross.json`);

/** @param {string} name of a task @returns {{ episodes: number, sides: readonly CrossSide[] } | undefined} */
export function readCross(name) {
  return existsSync(crossFile(name)) ? JSON.parse(readFileSync(crossFile(name), 'utf8')) : undefined;
}

/** @param {string} name of a task @param {NonNullable<ReturnType<typeof readCross>>} cross */
export function writeCross(name, cross) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(crossFile(name), `${JSON.stringify(cross)}\n`);
}

/** @param {number} x */
export const rounded = (x, digits = 3) => Number(x.toFixed(digits));

/** Tells YAML files with different values apart, whatever their comments. @param {string} file */
export function fingerprint(file) {
  const values = JSON.stringify(parse(readFileSync(file, 'utf8')));
  return createHash('sha256').update(values).digest('hex').slice(0, 12);
}
