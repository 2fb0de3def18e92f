/** Faults of a configuration; empty if it loads. */
import { ConfigError } from '../../src/config/errors.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { LoadOptions } from '../../src/config/load.ts';

export function faultsOf(options: LoadOptions): readonly string[] {
  try {
    loadConfig(options);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}
