import { describe, expect, it } from 'vitest';
import { identifiers } from '../../src/export/identifiers.ts';

describe('identifiers', () => {
  it('are safe as file names and in C, and distinct where upper and lower case are the same', () => {
    expect(identifiers(['agent_0', 'Agent_0', '../x', '1', 'Tür 1/2', 'policy', ''])).toEqual([
      ...['agent_0', 'Agent_0_1', 'agent____x', 'agent_1', 'T_r_1_2', 'policy_1', 'agent_'],
    ]);
  });
});
