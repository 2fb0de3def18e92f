// Interrupts a save before each of its file operations in turn, like a kill. An intact checkpoint must be found
// afterwards, and the next save must clean up.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findCheckpoint, readCheckpoint } from '../../src/checkpoint/load.ts';
import { verify } from '../../src/checkpoint/manifest.ts';
import { saveCheckpoint } from '../../src/checkpoint/save.ts';

class Crash extends Error {}

/** Number of operations that still succeed; the next one is cut short, and all later ones fail. */
const power = vi.hoisted(() => ({ left: Infinity }));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  const orCrash =
    <A extends unknown[], R>(
      operation: (...args: A) => R,
      halfDone: (...args: A) => void = () => undefined,
    ) =>
    (...args: A): R => {
      if (power.left-- > 0) return operation(...args);
      if (power.left === -1) halfDone(...args);
      throw new Crash();
    };
  return {
    ...real,
    mkdirSync: orCrash(real.mkdirSync),
    openSync: orCrash(real.openSync),
    writeFileSync: orCrash(real.writeFileSync, (fd, data) => {
      real.writeFileSync(fd, (data as Uint8Array).subarray(0, 3));
    }),
    fsyncSync: orCrash(() => undefined), // counted, but skipped for speed
    renameSync: orCrash(real.renameSync),
    rmSync: orCrash(real.rmSync, (folder) => {
      const first = real.statSync(folder).isDirectory() ? real.readdirSync(folder)[0] : undefined;
      if (first !== undefined) real.unlinkSync(path.join(folder as string, first));
    }),
  };
});

let root: string;
beforeEach(() => {
  power.left = Infinity;
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-crash-'));
});
afterEach(() => {
  power.left = Infinity;
  fs.rmSync(root, { recursive: true });
});

interface Save {
  readonly step: number;
  readonly text: string;
  readonly keep?: number;
  readonly best?: boolean;
}

function save(run: string, { step, text, keep = 0, best = false }: Save): void {
  const files = { 'weights.safetensors': new TextEncoder().encode(text), 'state.json': Uint8Array.of(step) };
  saveCheckpoint(run, step, files, { packageVersion: '0.1.0', createdBy: {}, keep, best });
}

const contentOf = (folder: string): string =>
  new TextDecoder().decode(readCheckpoint(folder).files.get('weights.safetensors'));

/** Every visible folder must be an intact checkpoint, whether or not a pointer names it. */
function expectIntact(dir: string): void {
  const names = fs.existsSync(dir) ? fs.readdirSync(dir) : [];
  for (const name of names.filter((name) => name.startsWith('step-'))) verify(path.join(dir, name));
}

/**
 * Repeats `saves` in new runs, interrupting the last save before its operation 0, 1, 2, ... Returns its number of
 * operations.
 */
function crashEverywhere(saves: readonly Save[], check: (run: string) => void): number {
  for (let operations = 0; ; operations++) {
    const run = path.join(root, `run-${operations}`);
    for (const earlier of saves.slice(0, -1)) save(run, earlier);
    power.left = operations;
    try {
      save(run, saves.at(-1)!);
      power.left = Infinity;
      return operations;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    power.left = Infinity;
    expectIntact(path.join(run, 'checkpoints'));
    check(run);
  }
}

describe('a save interrupted at any point', () => {
  it('leaves latest and best naming intact checkpoints, old or new', () => {
    const saves = [
      { step: 100, text: 'first', best: true },
      { step: 200, text: 'second' },
      { step: 300, text: 'third', keep: 1, best: true },
    ];
    const seen = new Set<string>();
    const operations = crashEverywhere(saves, (run) => {
      const latest = contentOf(findCheckpoint(run));
      const best = contentOf(findCheckpoint(run, { best: true }));
      seen.add(`${latest} ${best}`);
      save(run, { step: 400, text: 'fourth', keep: 1, best: true });
      expect(fs.readdirSync(path.join(run, 'checkpoints')).sort()).toEqual([
        'best',
        'latest',
        'step-000000400',
      ]);
    });
    expect([...seen]).toEqual(['second first', 'second third', 'third third']);
    expect(operations).toBeGreaterThan(20);
  });

  it('leaves the checkpoint that it replaces intact, old or new', () => {
    const saves = [
      { step: 100, text: 'old', best: true },
      { step: 100, text: 'new' },
    ];
    const seen = new Set<string>();
    crashEverywhere(saves, (run) => {
      for (const best of [false, true]) seen.add(contentOf(findCheckpoint(run, { best })));
      save(run, { step: 100, text: 'newer', best: true });
      expect(contentOf(findCheckpoint(run))).toBe('newer');
      save(run, { step: 200, text: 'next' });
      expect(fs.readdirSync(path.join(run, 'checkpoints')).sort()).toEqual([
        'best',
        'latest',
        'step-000000100',
        'step-000000200',
      ]);
      expect(contentOf(findCheckpoint(run, { best: true }))).toBe('newer');
    });
    expect([...seen].sort()).toEqual(['new', 'old']);
  });

  it('leaves no stand-in behind, even if the save after it is interrupted too', () => {
    /** Interrupts a save before an operation; false if it has fewer. */
    const cut = (run: string, operation: number, how: Save): boolean => {
      power.left = operation;
      try {
        save(run, how);
        return false;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        return true;
      } finally {
        power.left = Infinity;
      }
    };
    const again = { step: 100, text: 'new', best: true };
    for (let first = 0, interrupted = true; interrupted; first++)
      for (const second of [first, (first * 17) % 70]) {
        const run = path.join(root, `run-${first}-${second}`);
        save(run, { step: 100, text: 'old', best: true });
        interrupted = cut(run, first, again);
        cut(run, second, again);
        for (const best of [false, true])
          expect(['old', 'new']).toContain(contentOf(findCheckpoint(run, { best })));
        save(run, { step: 200, text: 'next' });
        expect(fs.readdirSync(path.join(run, 'checkpoints')).sort()).toEqual([
          'best',
          'latest',
          'step-000000100',
          'step-000000200',
        ]);
        expect(['old', 'new']).toContain(contentOf(findCheckpoint(run, { best: true })));
        fs.rmSync(run, { recursive: true });
      }
  });

  it('leaves no partial checkpoint if it is the first of a run', () => {
    crashEverywhere([{ step: 100, text: 'first' }], (run) => {
      save(run, { step: 100, text: 'again' });
      expect(fs.readdirSync(path.join(run, 'checkpoints')).sort()).toEqual(['latest', 'step-000000100']);
      expect(contentOf(findCheckpoint(run))).toBe('again');
    });
  });
});
