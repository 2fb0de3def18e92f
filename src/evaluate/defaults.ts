/** What an evaluation plays unless asked otherwise: in commands, reports and programs alike. */
export const EVALUATION = { episodes: 100, seed: 0 } as const;
