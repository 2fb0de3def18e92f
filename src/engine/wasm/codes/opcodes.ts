/**
 * Opcodes of the tape (tape.ts), shared by both sides: TypeScript plans calls, AssemblyScript (assembly/index.ts)
 * executes them. Plain integer constants only, since both compilers read this file. Each comment lists the call's
 * arguments in order. Strides (ld*) and per-share or per-shard distances are in bytes; n is rows per sample, in all slots.
 */

export const end = 0;
/** Every share must finish before any call beyond this point starts. */
export const barrier = 1;
/** w ldw outputs k out perShare */
export const packForward = 2;
/** w ldw outputs k out perShare */
export const packBackward = 3;
/** n a lda k b perShare columns c ldc init ldi shared finish bias biasPerShare ldb y ldy activation slope perSlot */
export const matmul = 4;
/** n d ldd outputs x ldx panels g perShard ldg */
export const weightGradient = 5;
/** n offset step d ldd g perShard vectors */
export const sumDown = 6;
/** n slots src dst ld vectors; n is rows per slot */
export const sumOfRows = 7;
/** rows width src perShard srcRow dst dstRow */
export const reduceShards = 8;
/** rows bias w ldw out perShare outputs ldo, then the id of each row */
export const biasOfIds = 9;
/** n src srcSample srcRow dst dstSample dstRow width */
export const copyRows = 10;
/** n width upstream y dst ld activation slope */
export const seedDelta = 11;
/** split count operation by x out */
export const unary = 12;
/** split count operation x strideX y strideY out */
export const binary = 13;
/** split count x out */
export const fill = 14;
/** n x out; n elements in all */
export const sum = 15;
/** out lanes perShare blocks, then n and x of each block */
export const norm = 16;
/** n p m v g stepSize correction beta1 rest1 beta2 rest2 epsilon; n parameters */
export const adam = 17;
/** n target online tau; n parameters */
export const softUpdate = 18;
/** split count low high x out */
export const clip = 19;
/** n width oneHot x out */
export const rowwise = 20;
/** n width x out */
export const rowSum = 21;
/** n width x out */
export const repeat = 22;
/** n width x gain shift rates out epsilon */
export const normalize = 23;
/** n width upstream x gain rates out */
export const normalizeInput = 24;
/** n width upstream x rates g perShard half */
export const normalizeParameters = 25;
/** n slots width gates ldg w perShare v ldv biasA biasV h before ldh out; n is rows per slot, here and below */
export const gru = 26;
/** n slots width upstream gates deltas ldg w perShare dv ldv e before ldh */
export const gruBackward = 27;
/** n slots width gates ldg w perShare v ldv biasA biasV h before ldh out c kept ldk cells */
export const lstm = 28;
/** n slots width upstream gates deltas ldg w perShare dv ldv e k ldh kept ldk */
export const lstmBackward = 29;
