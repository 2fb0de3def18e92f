/** What happened in a run, from its log.jsonl (written by FileStore and the trainer). */
import { readRegularFile } from '../core/regular-file.ts';
import type { EndReason } from '../train/summary.ts';
import type { BestEvaluation } from '../train/run-store.ts';

export interface History {
  /** Milliseconds since 1970 of the first and the last entry; null if there is none. */
  readonly started: number | null;
  readonly updated: number | null;
  /** Last known step. */
  readonly step: number;
  /** In order of steps; those that a resume from an older checkpoint gave up are left out. */
  readonly evaluations: readonly BestEvaluation[];
  /** How the last process ended; null if it says nothing, because it lives or was killed. */
  readonly end: EndReason | 'failed' | null;
  /** Why it failed. */
  readonly failure: string | null;
}

/** Longest log that is read, in bytes. */
const LONGEST = 2 ** 28;

/** Reads log.jsonl. Lines that are no entries, as after a crash, are passed over. Throws an error that reasonOf() explains. */
export function readHistory(file: string): History {
  const text = new TextDecoder().decode(readRegularFile(file, LONGEST));
  return text.split('\n').flatMap(entryIn).reduce(after, NOTHING);
}

export const NOTHING: History = {
  started: null,
  updated: null,
  step: 0,
  evaluations: [],
  end: null,
  failure: null,
};

/** An entry, with the fields that events have. */
interface Entry {
  readonly msg: string;
  readonly time: number;
  readonly step?: unknown;
  readonly mean?: unknown;
  readonly score?: unknown;
  readonly ended?: EndReason;
  readonly err?: { readonly message?: unknown };
}

function entryIn(line: string): Entry[] {
  try {
    const entry = JSON.parse(line) as Entry | null;
    return typeof entry?.msg === 'string' && typeof entry.time === 'number' ? [entry] : [];
  } catch {
    return [];
  }
}

function after(before: History, entry: Entry): History {
  const { started, evaluations } = before;
  const step = typeof entry.step === 'number' ? entry.step : before.step;
  const now = { ...before, started: started ?? entry.time, updated: entry.time, step };
  switch (entry.msg) {
    case 'training':
      return {
        ...now,
        evaluations: evaluations.filter((kept) => kept.step <= step),
        end: null,
        failure: null,
      };
    case 'evaluation':
      return typeof entry.mean === 'number'
        ? { ...now, evaluations: [...evaluations, { step, mean: scoreOf(entry, entry.mean) }] }
        : now;
    case 'ended':
      return { ...now, end: entry.ended ?? 'running_steps' };
    case 'the run failed':
      return { ...now, end: 'failed', failure: messageOf(entry) };
    default:
      return now;
  }
}

/** What best goes by; runs without best_team record no other score than the mean. */
function scoreOf({ score }: Entry, mean: number): number {
  return typeof score === 'number' ? score : mean;
}

function messageOf({ err }: Entry): string {
  return typeof err?.message === 'string' ? err.message : 'for a reason that log.jsonl lacks';
}
