import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/engine/builder.ts';
import type { JointNode, NetworkNode, RowsNode, Value } from '../../src/engine/graph.ts';
import { aliasOf, inputParts, named } from '../../src/engine/lowering.ts';

const graph = new GraphBuilder([
  {
    name: 'q',
    inputs: 9,
    hidden: [],
    outputs: 1,
    activation: 'none',
    negativeSlope: 0,
    outputActivation: 'none',
  },
]);
const joint = graph.input('joint', 1, 6);
const rows = graph.input('rows', 3, 2);

/** The value that the last node repeats. */
const aliasOfLast = (): Value | undefined => aliasOf(graph.nodes.at(-1) as RowsNode | JointNode);

describe('inputParts', () => {
  it('splits input rows into shared parts, parts with rows, and ids, with their columns', () => {
    const few = graph.input('few', 1, 4);
    const ids = graph.ids([2, 0, 1], 3);
    graph.network('q', [few, rows, ids]);
    expect(inputParts(graph.build(), graph.nodes.at(-1) as NetworkNode)).toEqual([
      { value: few, kind: 'shared', column: 0, width: 4, ids: [] },
      { value: rows, kind: 'rows', column: 4, width: 2, ids: [] },
      { value: ids, kind: 'ids', column: 6, width: 3, ids: [2, 0, 1] },
    ]);
  });

  it('treats every part of a network with one row as having rows', () => {
    graph.network('q', [joint, graph.input('rest', 1, 3)]);
    const parts = inputParts(graph.build(), graph.nodes.at(-1) as NetworkNode);
    expect(parts.map(({ kind }) => kind)).toEqual(['rows', 'rows']);
  });
});

describe('aliasOf', () => {
  it.each([
    ['all columns in order', [0, 2, 4], true],
    ['columns out of order', [2, 0, 4], false],
    ['only some columns', [0, 2], false],
    ['columns after a gap', [1, 3], false],
  ])('of rows with %s', (_, offsets, same) => {
    graph.rows(joint, offsets, 2);
    expect(aliasOfLast()).toBe(same ? joint : undefined);
  });

  it.each([
    ['all rows in order', [0, 1, 2], true],
    ['rows out of order', [1, 0, 2], false],
    ['only some rows', [0, 1], false],
  ])('of joint with %s', (_, order, same) => {
    graph.joint(order.map((row) => ({ x: rows, row })));
    expect(aliasOfLast()).toBe(same ? rows : undefined);
  });

  it('of joint with rows of two values is none', () => {
    const other = graph.input('other', 3, 2);
    graph.joint([rows, other, rows].map((x, row) => ({ x, row })));
    expect(aliasOfLast()).toBeUndefined();
  });
});

describe('named', () => {
  it('finds an entry, and lists the names for an unknown one', () => {
    const map = new Map([
      ['obs', 1],
      ['actions', 2],
    ]);
    expect(named(map, 'input', 'actions')).toBe(2);
    expect(() => named(map, 'input', 'reward')).toThrow(
      new RangeError('input: expected one of obs, actions, got reward'),
    );
  });
});
