/** A checkpoint that is not there, damaged, or not what the run needs. The text says which file and what to do. */
import { UserError } from '../core/user-error.ts';

export class CheckpointError extends UserError {}
