/** Codes of the operations of a `unary` call, by the names of graph.ts. AssemblyScript compiles this file too. */

export const scale = 0;
export const square = 1;
export const exp = 2;
export const log = 3;
export const softplus = 4;
export const sigmoid = 5;
export const tanh = 6;
