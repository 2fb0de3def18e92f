/** Codes of the operations of a `binary` call, by the names of graph.ts. AssemblyScript compiles this file too. */

export const add = 0;
export const subtract = 1;
export const multiply = 2;
export const divide = 3;
export const minimum = 4;
export const maximum = 5;
export const at_most = 6;
