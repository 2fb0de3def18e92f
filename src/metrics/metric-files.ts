/** Names of the metric files in a run directory. */

export const jsonlName = 'metrics.jsonl';
export const csvName = 'metrics.csv';
/**
 * TensorBoard reads any file with `tfevents` in its name. This one, unlike its usual names, has no host or time in
 * it.
 */
export const eventsName = 'events.out.tfevents.0.maddpg';

/** The files whose lengths a checkpoint records. */
export const METRIC_FILES = [jsonlName, csvName, eventsName] as const;
