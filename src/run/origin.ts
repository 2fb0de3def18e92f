/** What provenance.json says about a process of Node. */
import { hostname } from 'node:os';
import { VERSION } from '../version.ts';
import type { Origin } from './provenance.ts';

/** Facts of this process. */
export function thisOrigin(command: string, overrides: readonly string[]): Origin {
  return {
    command,
    overrides,
    maddpg: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    host: hostname(),
  };
}
