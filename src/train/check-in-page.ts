/** Checks a configuration as `maddpg train` does before a run, for pages: particle environments, and the wasm engine. */
import { located, locatedLine } from '../config/located.ts';
import type { LoadedConfig } from '../config/resolve.ts';
import { UserError } from '../core/user-error.ts';
import { mpeEnvironments } from '../envs/mpe/open.ts';
import { baselinesIn } from '../evaluate/baseline-players.ts';
import { algorithmEffects, algorithmRules } from './algorithm-rules.ts';
import { bestSide } from './best-score.ts';
import { requireFitting, tooFewUpdates, untrained } from './checks.ts';
import { requireMemory, type Machine } from './memory.ts';

/** What a tab may take. It has one thread where this is asked. */
const TAB: Machine = { memory: 2 ** 31, cores: 1, allocates: (floats) => floats * 4 <= 2 ** 31 };

/**
 * Warnings, one line each, in the command line's words.
 * @throws UserError with all faults, each with its place
 */
export function checkInPage(loaded: LoadedConfig): string[] {
  const { config } = loaded;
  loaded.check(algorithmRules());
  try {
    if (config.env_name !== 'mpe')
      throw new UserError(`env_name: expected mpe, as pages run no others, got ${config.env_name}`);
    if (config.init_from !== null)
      throw new UserError(`init_from: expected null, as pages read no files, got ${config.init_from}`);
    const stranger = config.opponents.find((name) => !baselinesIn(config).some((one) => one === name));
    if (stranger !== undefined)
      throw new UserError(`opponents: expected ${baselinesIn(config).join(', ')} in a page, got ${stranger}`);
    const env = mpeEnvironments(config).make(1);
    bestSide(config, env);
    requireFitting(config, env);
    requireMemory(config, env.spec, 'wasm', TAB);
  } catch (error) {
    throw located(error, loaded);
  }
  const late = [...untrained(config), ...tooFewUpdates(config)].map((line) => locatedLine(line, loaded));
  return [...loaded.warnings, ...loaded.withoutEffect(algorithmEffects(config)), ...late];
}
