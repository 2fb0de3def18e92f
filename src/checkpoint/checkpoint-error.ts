/** A checkpoint is missing, damaged or does not fit the run. The message names the file and what to do. */
import { UserError } from '../core/user-error.ts';

export class CheckpointError extends UserError {}
