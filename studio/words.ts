/** Numbers and names as people read them. */

/** `12,000` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Three digits, with a real minus. */
export function short(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits).replace('-', '−');
}

/** `12.3k` */
export function brief(value: number): string {
  if (value < 1000) return String(Math.round(value));
  if (value < 1e6) return `${(value / 1000).toFixed(value < 1e4 ? 1 : 0)}k`;
  return `${(value / 1e6).toFixed(1)}M`;
}

/** Scenario names without prefix and version: `spread`. */
export function scenarioName(id: string): string {
  return id
    .replace(/^simple_(?=.*_v)/, '')
    .replace(/_v\d+$/, '')
    .replaceAll('_', ' ');
}

/** What a scenario is about, in a sentence. */
export const ABOUT: Readonly<Record<string, string>> = {
  simple_spread_v3: 'Three agents learn to cover three landmarks without running into each other.',
  simple_speaker_listener_v4: 'One agent knows the goal but cannot move; the other moves but must be told.',
  simple_tag_v3: 'Three slow hunters learn to catch one who is faster.',
  simple_adversary_v3: 'Two agents hide from an adversary which landmark is their goal.',
  simple_crypto_v3: 'Alice tells Bob a secret; Eve listens and must not understand.',
  simple_push_v3: 'An agent goes to its landmark while an adversary pushes it away.',
  simple_reference_v3: 'Each agent knows where the other has to go, and says so.',
  simple_v3: 'One agent learns to go to one landmark.',
  simple_world_comm_v3: 'A pack with a leader who speaks hunts prey that hides in forests.',
  collect_treasure_v1: 'Collectors fetch treasures and bring them to the bank of their colour.',
  simple_formation_v1: 'Agents learn to stand evenly on a circle around a landmark.',
  simple_line_v1: 'Agents learn to stand evenly on a line between two landmarks.',
};
