/** What `matmul` does with a finished sum. AssemblyScript compiles this file too. */

export const store = 0;
/** activation(sum + bias) */
export const activate = 1;
/** sum * activation'(y) */
export const chain = 2;
