/** Zips that no run is packed into: entry by entry, as a stranger could make them. */
import { zipSync } from 'fflate';

/** Where fields of an entry are in the list at the end of a zip. */
const CENTRAL = 0x02014b50;

/** A zip of these texts by name, without compression. */
export function zipOf(texts: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(texts).map(([name, text]) => [name, new TextEncoder().encode(text)]);
  return zipSync(Object.fromEntries(entries) as Record<string, Uint8Array>, { level: 0 });
}

/** Offset in the list of the entry with this name. */
export function listed(zip: Uint8Array, name: string): number {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  for (let at = 0; at + 46 <= zip.length; at++) {
    if (view.getUint32(at, true) !== CENTRAL) continue;
    const own = zip.subarray(at + 46, at + 46 + view.getUint16(at + 28, true));
    if (new TextDecoder().decode(own) === name) return at;
  }
  throw new Error(`no entry ${name}`);
}

/** The zip with `from`, a name, replaced by one of the same length wherever it is. */
export function renamed(zip: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(zip).toString('latin1');
  return new Uint8Array(Buffer.from(text.replaceAll(from, to), 'latin1'));
}

/** The zip with a 16 or 32 bit field of an entry's list item changed. */
export function changed(
  zip: Uint8Array,
  name: string,
  field: number,
  bits: 16 | 32,
  value: number,
): Uint8Array {
  const copy = zip.slice();
  const view = new DataView(copy.buffer);
  const at = listed(copy, name) + field;
  if (bits === 16) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
  return copy;
}
