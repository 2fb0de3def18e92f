/** The scripted controllers by environment. docs/environments.md says what their agents see and what they score. */
import type { JointSpec } from '../../../core/joint-spec.ts';
import { EnvironmentError } from '../../errors.ts';
import { chase } from './chase.ts';
import { collect } from './collect.ts';
import { conceal } from './conceal.ts';
import type { Controller, ControllerFactory } from './controller.ts';
import { encipher } from './encipher.ts';
import { cover, encircle, goToLandmark, lineUp } from './go-to-targets.ts';
import { hunt } from './hunt.ts';
import { keepAway } from './keep-away.ts';
import { speakAndListen, tellEachOther } from './tell.ts';

const CONTROLLERS: Readonly<Record<string, ControllerFactory>> = {
  collect_treasure_v1: collect,
  simple_v3: goToLandmark,
  simple_adversary_v3: conceal,
  simple_crypto_v3: encipher,
  simple_formation_v1: encircle,
  simple_line_v1: lineUp,
  simple_push_v3: keepAway,
  simple_reference_v3: tellEachOther,
  simple_speaker_listener_v4: speakAndListen,
  simple_spread_v3: cover,
  simple_tag_v3: chase,
  simple_world_comm_v3: hunt,
};

/** Whether scriptedController() has one for this environment. */
export function hasScript(id: string, options: Readonly<Record<string, unknown>>): boolean {
  return Object.hasOwn(CONTROLLERS, id) && hiding(options) === undefined;
}

/** The option that hides what controllers need. */
function hiding(options: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(options).find((name) => /^num_\w+_neighbors$/.test(name) && options[name] !== null);
}

/**
 * The scripted controller of an environment. Like any policy, it sees zeros where agents see nothing.
 * @throws EnvironmentError if there is none, or if neighbour limits hide what it needs
 */
export function scriptedController(
  id: string,
  spec: JointSpec,
  options: Readonly<Record<string, unknown>>,
): Controller {
  const controller = Object.hasOwn(CONTROLLERS, id) ? CONTROLLERS[id] : undefined;
  if (controller === undefined)
    throw new EnvironmentError(
      '--policy scripted',
      `an environment with a scripted controller (${Object.keys(CONTROLLERS).join(', ')})`,
      id,
      'use random or noop',
    );
  const limit = hiding(options);
  if (limit !== undefined)
    throw new EnvironmentError('--policy scripted', 'no neighbour limits', limit, 'leave it out');
  return seeing(spec, controller(spec, options));
}

/** A controller that gets zeros in hidden columns, which observations may hold for critics. */
function seeing({ agents, obsOffsets }: JointSpec, controller: Controller): Controller {
  const columns = agents.flatMap(({ hidden = [] }, i) => hidden.map((column) => obsOffsets[i]! + column));
  if (columns.length === 0) return controller;
  return (obs, actions) => {
    const seen = obs.slice();
    for (const column of columns) seen[column] = 0;
    controller(seen, actions);
  };
}
