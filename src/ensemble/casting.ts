/**
 * Casting: the sub-policy that each group of an ensemble plays in each environment of a rollout. Drawn uniformly and
 * independently per group at the start of every episode (Lowe et al. 2017, section 4.3).
 */
import { drawPlayers, type Ensemble } from './ensemble.ts';
import { FastStream } from '../core/random.ts';

export class Casting {
  /** Sub-policy indices, [E, G] */
  readonly players: Uint8Array;
  readonly #ensemble: Ensemble;
  readonly #stream: FastStream;

  constructor(ensemble: Ensemble, environments: number, seed: number) {
    this.#ensemble = ensemble;
    this.#stream = new FastStream(seed, 'sub-policies');
    this.players = new Uint8Array(environments * ensemble.groups);
    for (let e = 0; e < environments; e++) drawPlayers(ensemble, this.#stream, e, this.players);
  }

  /** Redraws for environments whose episode has ended; ended: [E]. */
  next(ended: Readonly<Uint8Array>): void {
    for (let e = 0; e < ended.length; e++)
      if (ended[e] !== 0) drawPlayers(this.#ensemble, this.#stream, e, this.players);
  }

  getState(): Uint32Array {
    return this.#stream.getState();
  }

  setState(state: Uint32Array): void {
    this.#stream.setState(state);
  }
}
