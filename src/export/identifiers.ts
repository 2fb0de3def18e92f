/** Names of agents as file names and C identifiers. Agents come from a checkpoint, which may be a stranger's. */

/** Names that exports use themselves. */
const TAKEN = ['policy', 'readme', 'export'];

/** One identifier per name, of letters, digits and underscores; all different, upper and lower case being the same. */
export function identifiers(names: readonly string[]): string[] {
  const taken = new Set(TAKEN);
  return names.map((name) => {
    const letters = name.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 100);
    const base = /^[A-Za-z]/.test(letters) ? letters : `agent_${letters}`;
    let identifier = base;
    for (let n = 1; taken.has(identifier.toLowerCase()); n++) identifier = `${base}_${n}`;
    taken.add(identifier.toLowerCase());
    return identifier;
  });
}
