/**
 * The head of a packaged configuration: its comment lines, which end with its budget and what to expect from it:
 * `# Budget: 150,000 steps (35 s). Expected return: -6.8 (5 seeds).`, or, between opponents, by side:
 * `... Expected return: adversary -9.8, agent 3.1 (against scripted opponents).`
 */

export interface ConfigHead {
  /** The comment's first sentence. */
  readonly summary: string;
  /** Environment steps, as in running_steps. */
  readonly steps: number;
  /** How long that takes; null if the head does not say. */
  readonly time: string | null;
  /** Return of the trained policy, by side if there are opponents; null if it was not measured. */
  readonly expectedReturn: number | Readonly<Record<string, number>> | null;
  /** How the return was measured, or why not. */
  readonly note: string | null;
}

const NUMBER = String.raw`-?\d+(?:\.\d+)?`;
const SIDE = String.raw`[\w+]+ ${NUMBER}`;
const BUDGET = new RegExp(
  String.raw`^# Budget: ([\d,]+) steps(?: \(([^)]*)\))?\. ` +
    String.raw`Expected return: (${NUMBER}|not measured|${SIDE}(?:, ${SIDE})*)(?: \(([^)]*)\))?\.$`,
  'm',
);

/** Parses the head of a YAML text; undefined if there is no budget line. */
export function headOf(text: string): ConfigHead | undefined {
  const budget = BUDGET.exec(text);
  if (budget === null) return undefined;
  const [, steps, time, measured, note] = budget;
  const comment = [...text.matchAll(/^# (.*)$/gm)].map(([, line]) => line!).join(' ');
  return {
    summary: /^.*?\.(?= |$)/.exec(comment)?.[0] ?? comment,
    steps: Number(steps!.replaceAll(',', '')),
    time: time ?? null,
    expectedReturn: returnIn(measured!),
    note: note ?? null,
  };
}

function returnIn(measured: string): ConfigHead['expectedReturn'] {
  if (measured === 'not measured') return null;
  if (!Number.isNaN(Number(measured))) return Number(measured);
  return Object.fromEntries(
    measured.split(', ').map((side): [string, number] => {
      const [name, value] = side.split(' ');
      return [name!, Number(value)];
    }),
  );
}
