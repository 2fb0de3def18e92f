/** Recurrent layers that begin with states of an earlier pass, on every engine. */
import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { GraphBuilder } from '../../src/engine/builder.ts';
import { gradient } from '../../src/engine/gradients.ts';
import { parameterCount, type NetworkSpec } from '../../src/engine/network-spec.ts';
import { sharedEngines } from '../contract/engines.ts';

const [BATCH, ROWS, SLOTS, FIRST] = [9, 2, 5, 2];
const WIDTH = 6;

function specOf(cell: 'GRU' | 'LSTM'): NetworkSpec {
  return {
    ...{ name: 'net', inputs: WIDTH, hidden: [], outputs: 1 },
    recurrent: { cell, inputs: 3, fc: [4], layers: 2, width: WIDTH },
    ...{ activation: 'tanh', negativeSlope: 0, outputActivation: 'none' },
  };
}

for (const { name: engineName, create } of sharedEngines())
  describe(`recurrent layers on ${engineName}`, () => {
    it.each(['GRU', 'LSTM'] as const)(
      'of a %s have no gradient through the states they begin with',
      async (cell) => {
        const engine = await create();
        const spec = specOf(cell);
        const stream = new FastStream(7, cell);
        const draw = (n: number): Float32Array => Float32Array.from({ length: n }, () => stream.normal());
        const states = cell === 'GRU' ? 2 : 4;
        const [parameters, weights] = [draw(parameterCount(spec)), draw(BATCH * SLOTS * ROWS * WIDTH)];
        const [x, earlier] = [draw(BATCH * SLOTS * ROWS * 3), draw(BATCH * FIRST * ROWS * 3)];
        const zeros = new Float32Array(BATCH * ROWS * WIDTH);
        /** The gradient from states that the same layers come to, or the ones given. */
        const run = (given?: readonly Float32Array[]): { gradient: Float32Array; ends: Float32Array[] } => {
          const graph = new GraphBuilder([spec]);
          const initial = Array.from({ length: states }, (_, k) => graph.input(`state${k}`, ROWS, WIDTH));
          const past = graph.representation('net', [graph.input('earlier', ROWS, 3, FIRST)], initial);
          const ends = past.states.map((state) => graph.slots(state, FIRST - 1, 1));
          const { out } = graph.representation(
            'net',
            [graph.input('x', ROWS, 3, SLOTS)],
            given ? initial : ends,
          );
          const loss = graph.sum(graph.multiply(out, graph.input('weights', ROWS, WIDTH, SLOTS)));
          const [ofNet] = gradient(graph, loss, ['net']);
          graph.output('gradient', ofNet!);
          ends.forEach((state, k) => {
            graph.output(`end ${k}`, state);
          });
          const store = engine.createStore([spec]);
          store.write('parameters', 'net', parameters);
          const program = store.compile(graph.build(), BATCH);
          for (const [name, values] of Object.entries({ x, earlier, weights }))
            program.input(name).set(values);
          initial.forEach((_, k) => {
            program.input(`state${k}`).set(given?.[k] ?? zeros);
          });
          program.run();
          return {
            gradient: program.output('gradient').slice(),
            ends: initial.map((_, k) => program.output(`end ${k}`).slice()),
          };
        };
        const chained = run();
        const constant = run(chained.ends);
        const largest = constant.gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const errors = constant.gradient.map((value, k) => Math.abs(value - chained.gradient[k]!));
        expect(Math.max(...errors) / largest).toBeLessThanOrEqual(engine.exact ? 0 : 1e-6);
        expect(largest).toBeGreaterThan(0.1);
      },
    );

    it.each(['GRU', 'LSTM'] as const)(
      'of a %s go on where the states of an earlier pass left off',
      async (cell) => {
        const engine = await create();
        const spec = specOf(cell);
        const stream = new FastStream(3, cell);
        const draw = (n: number): Float32Array => Float32Array.from({ length: n }, () => stream.normal());
        const graph = new GraphBuilder([spec]);
        const x = graph.input('x', ROWS, 3, SLOTS);
        const initial = Array.from({ length: cell === 'GRU' ? 2 : 4 }, (_, k) =>
          graph.input(`state${k}`, ROWS, WIDTH),
        );
        const whole = graph.representation('net', [x], initial);
        const first = graph.representation('net', [graph.slots(x, 0, FIRST)], initial);
        const left = first.states.map((state) => graph.slots(state, FIRST - 1, 1));
        const rest = graph.representation('net', [graph.slots(x, FIRST, SLOTS - FIRST)], left);
        graph.output('end of the whole', graph.slots(whole.out, FIRST, SLOTS - FIRST));
        graph.output('rest', rest.out);
        whole.states.forEach((state, k) => {
          graph.output(`whole ${k}`, graph.slots(state, SLOTS - 1, 1));
          graph.output(`parts ${k}`, graph.slots(rest.states[k]!, SLOTS - FIRST - 1, 1));
        });
        const store = engine.createStore([spec]);
        store.write('parameters', 'net', draw(parameterCount(spec)));
        const program = store.compile(graph.build(), BATCH);
        program.input('x').set(draw(BATCH * SLOTS * ROWS * 3));
        initial.forEach((_, k) => {
          program.input(`state${k}`).set(draw(BATCH * ROWS * WIDTH));
        });
        program.run();
        const pairs = [['end of the whole', 'rest'], ...initial.map((_, k) => [`whole ${k}`, `parts ${k}`])];
        for (const [all, parts] of pairs) {
          const [want, got] = [program.output(all!), program.output(parts!)];
          const worst = want.reduce((error, value, k) => Math.max(error, Math.abs(value - got[k]!)), 0);
          expect(worst, all).toBeLessThanOrEqual(engine.exact ? 0 : 1e-6);
          expect(want.some((value) => value !== 0)).toBe(true);
        }
      },
    );
  });
