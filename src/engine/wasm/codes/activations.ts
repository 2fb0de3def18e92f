/** Codes of the activations, by the names of network-spec.ts. AssemblyScript compiles this file too. */

export const none = 0;
export const relu = 1;
export const leaky_relu = 2;
export const sigmoid = 3;
export const tanh = 4;
export const elu = 5;
