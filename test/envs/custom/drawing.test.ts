import { describe, expect, it } from 'vitest';
import { checkEnvironment } from '../../../src/envs/custom/contract.ts';
import { CustomVectorEnv } from '../../../src/envs/custom/vector.ts';
import type { Shape } from '../../../src/envs/drawing.ts';
import { Doors } from './doors.ts';

class Drawn extends Doors {
  readonly shapes: unknown;

  constructor(shapes: unknown) {
    super();
    this.shapes = shapes;
  }

  render(): readonly Shape[] {
    return this.shapes as Shape[];
  }
}

const circle = { kind: 'circle', x: 0, y: 0, radius: 1 } as const;

describe('render()', () => {
  it('may return circles, lines and text', () => {
    const shapes = [
      { ...circle, colour: [0, 0.5, 1], opacity: 0.5, agent: 'door_0' },
      { kind: 'line', x1: 0, y1: 0, x2: 1, y2: 1, width: 0.1 },
      { kind: 'text', x: 0, y: 0, text: 'open' },
    ];
    expect(checkEnvironment(() => new Drawn(shapes)).faults).toEqual([]);
    const env = new CustomVectorEnv('doors', () => new Drawn(shapes), 1);
    env.reset([0]);
    expect(env.draw()).toEqual({ shapes });
  });

  it.each([
    [undefined, 'render: expected an array of shapes, got nothing'],
    [[{ kind: 'square' }], 'render[0].kind: expected circle, line or text, got square'],
    [[circle, { ...circle, x: NaN }], 'render[1].x: expected a finite number, got NaN'],
    [[{ ...circle, radius: 0 }], 'render[0].radius: expected a number above 0, got 0'],
    [[{ ...circle, opacity: 2 }], 'render[0].opacity: expected a number from 0 to 1, got 2'],
    [
      [{ ...circle, colour: 'red' }],
      'render[0].colour: expected [red, green, blue], each from 0 to 1, got red',
    ],
    [[{ ...circle, agent: 'wolf' }], 'render[0].agent: expected one of door_0, door_1, mover, got wolf'],
    [[{ kind: 'text', x: 0, y: 0 }], 'render[0].text: expected a string, got nothing'],
  ])('that returns %j is refused by check and replay', (shapes, fault) => {
    expect(checkEnvironment(() => new Drawn(shapes)).faults).toEqual([`reset: ${fault}`]);
    const env = new CustomVectorEnv('doors', () => new Drawn(shapes), 1);
    env.reset([0]);
    expect(() => env.draw()).toThrow(`doors: ${fault}`);
  });
});
