/**
 * The head of a packaged configuration: its comment lines, which end with its budget and what to expect from it:
 * `# Budget: 150,000 steps (35 s). Expected return: -6.8 (5 seeds).`
 */

export interface ConfigHead {
  /** The comment's first sentence. */
  readonly summary: string;
  /** Environment steps, as in running_steps. */
  readonly steps: number;
  /** How long that takes; null if the head does not say. */
  readonly time: string | null;
  /** Return of the trained policy; null if it was not measured. */
  readonly expectedReturn: number | null;
  /** How the return was measured, or why not. */
  readonly note: string | null;
}

const BUDGET =
  /^# Budget: ([\d,]+) steps(?: \(([^)]*)\))?\. Expected return: (-?\d+(?:\.\d+)?|not measured)(?: \(([^)]*)\))?\.$/m;

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
    expectedReturn: measured === 'not measured' ? null : Number(measured),
    note: note ?? null,
  };
}
