/**
 * YAML text -> the values in it, each with its place. Checks syntax, duplicate keys, tags and aliases; settings.ts
 * interprets the keys.
 */
import { LineCounter, isCollection, isMap, isScalar, parseDocument, visit } from 'yaml';
import type { Document, Node, ParsedNode, Pair, ScalarTag, Tags, YAMLError } from 'yaml';
import { ConfigError } from './errors.ts';
import type { FaultList, Origin } from './errors.ts';

/** A value as it was given, its name not yet interpreted. */
export interface Given {
  /** The key as it was spelled. */
  readonly name: string;
  /** Names below the key, for `--set env_options.N=5`; empty otherwise. */
  readonly below: readonly string[];
  readonly value: unknown;
  /** Place of the key. */
  readonly nameOrigin: Origin;
  /** Place of the value. */
  readonly origin: Origin;
  /** Places of the values inside it, by dotted path: `N`, `0.1`. */
  readonly inner: ReadonlyMap<string, Origin>;
}

/** Most copies that aliases may make; more are an attack or an accident. */
const MAX_ALIASES = 100;

/** Deepest nesting; deeper values would overflow the stack of recursive walks. */
const MAX_DEPTH = 100;

const pythonNone: ScalarTag = {
  tag: 'tag:yaml.org,2002:null',
  default: true,
  test: /^None$/,
  resolve: () => null,
};

/** Integers with underscores between digits, numbers in YAML 1.1 and so for PyYAML. */
const groupedInteger: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?[0-9]+(_[0-9]+)+$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
};

/** YAML 1.2 plus what PyYAML users write: None, 10_000. Also decides what `show` must quote. */
export const YAML_OPTIONS = {
  customTags: (tags: Tags): Tags => [...tags, pythonNone, groupedInteger],
  resolveKnownTags: false,
  // addDuplicates finds them: the parser misplaces a duplicate after an empty value.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
} as const;

/** Places in a text: offset -> `file:line:column`, both from 1. */
type Locate = (offset: number) => Origin;

/**
 * The keys and values of a file. A duplicate key is a fault; both are returned.
 * @param file its name in messages
 * @param layer its position among the files (0: the first)
 * @throws ConfigError if the text as a whole is not a mapping
 */
export function readDocument(text: string, file: string, faults: FaultList, layer = 0): Given[] {
  const lines = new LineCounter();
  const locate: Locate = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { where: `${file}:${line}:${col}`, layer, order: offset };
  };
  const doc = parseDocument(text, { ...YAML_OPTIONS, lineCounter: lines });
  const problem = doc.errors[0] ?? doc.warnings[0];
  if (problem !== undefined) {
    throw new ConfigError(`${locate(problem.pos[0]).where}: ${syntaxFault(problem)}`);
  }
  refuseDepth(doc, locate);
  addDuplicates(doc, locate, faults);
  return pairsOf(doc, file, locate).flatMap((pair) => givenOf(pair, doc, locate, faults));
}

const TOO_DEEP = 'expected a flat list of keys, got values nested too deeply';

/** The fault of a text that is not readable YAML. */
function syntaxFault({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'expected one YAML document, got a second one';
  if (code === 'RESOURCE_EXHAUSTION') return TOO_DEEP;
  return `expected valid YAML, got: ${message}`;
}

/** @throws ConfigError if values are nested beyond MAX_DEPTH */
function refuseDepth(doc: Document.Parsed, locate: Locate): void {
  visit(doc, {
    Collection: (_, node, path) => {
      // Each level is a collection and, in a mapping, a pair.
      if (path.filter(isCollection).length <= MAX_DEPTH) return;
      throw new ConfigError(`${locate(node.range?.[0] ?? 0).where}: ${TOO_DEEP}`);
    },
  });
}

/** Adds a fault for every key that occurs twice in one mapping, at any depth. */
function addDuplicates(doc: Document.Parsed, locate: Locate, faults: FaultList): void {
  visit(doc, {
    Map: (_, { items }) => {
      const first = new Map<string, Origin>();
      for (const { key } of items) {
        if (!isScalar(key) || !key.range) continue;
        const name = String(key.value);
        const origin = locate(key.range[0]);
        const earlier = first.get(name);
        if (earlier === undefined) first.set(name, origin);
        else faults.add(origin, `${name}: expected the key once, got it again (first at ${earlier.where})`);
      }
    },
  });
}

function pairsOf(doc: Document.Parsed, file: string, locate: Locate): Pair<ParsedNode, ParsedNode | null>[] {
  const top = doc.contents;
  if (top === null || (isScalar(top) && top.value === null)) {
    throw new ConfigError(`${file}: expected lines of the form "key: value", got an empty file`);
  }
  if (!isMap(top)) {
    const got = isCollection(top) ? 'a list' : 'text without keys';
    const { where } = locate(top.range[0]);
    throw new ConfigError(`${where}: expected lines of the form "key: value", got ${got}`);
  }
  return top.items;
}

/** One top-level pair; empty if it is faulty. */
function givenOf(
  pair: Pair<ParsedNode, ParsedNode | null>,
  doc: Document.Parsed,
  locate: Locate,
  faults: FaultList,
): Given[] {
  const nameOrigin = locate(pair.key.range[0]);
  const unnamed = firstUnnamed(pair);
  if (unnamed !== undefined) {
    faults.add(locate(unnamed.range?.[0] ?? 0), 'expected a name before the colon, got a list or a mapping');
    return [];
  }
  const name = String((pair.key as unknown as { value: unknown }).value);
  const node = pair.value;
  const read = plain(node, doc, `${nameOrigin.where}: ${name}`);
  if ('got' in read) {
    faults.add(nameOrigin, `${name}: expected a value, got ${read.got}`);
    return [];
  }
  const inner = new Map<string, Origin>();
  if (node !== null) placesInside(node, '', locate, inner);
  const bare = node === null || node.range[0] === node.range[1];
  const origin = bare ? nameOrigin : locate(node.range[0]);
  return [{ name, below: [], value: read.value, nameOrigin, origin, inner }];
}

/** The first key that is not a name, at any depth. */
function firstUnnamed(pair: Pair<ParsedNode, ParsedNode | null>): Node | undefined {
  if (!isScalar(pair.key)) return pair.key;
  let found: Node | undefined;
  visit(pair.value, {
    Pair: (_, { key }) => {
      if (isScalar(key)) return undefined;
      found = key as Node;
      return visit.BREAK;
    },
  });
  return found;
}

/**
 * The value as plain data, aliases copied; or, in `got`, what prevents that.
 * @throws ConfigError if aliases multiply beyond MAX_ALIASES: nothing else in the file matters then
 */
function plain(
  node: ParsedNode | null,
  doc: Document.Parsed,
  place: string,
): { value: unknown } | { got: string } {
  if (node === null) return { value: null };
  try {
    const value: unknown = node.toJS(doc, { maxAliasCount: MAX_ALIASES });
    JSON.stringify(value); // throws a TypeError if a value contains itself
    return { value };
  } catch (error) {
    if (error instanceof TypeError) return { got: 'one that contains itself' };
    if (!(error instanceof ReferenceError)) throw error;
    if (!error.message.startsWith('Excessive'))
      return { got: 'an alias (*) without its anchor (&) before it' };
    throw new ConfigError(
      `${place}: expected a value of ordinary size, got aliases that make more than ${MAX_ALIASES} copies`,
    );
  }
}

/** Collects the places of all values inside a list or a mapping. */
function placesInside(node: unknown, prefix: string, locate: Locate, out: Map<string, Origin>): void {
  if (!isCollection(node)) return;
  node.items.forEach((item, index) => {
    const pair = isMap(node) ? (item as Pair<ParsedNode, ParsedNode | null>) : null;
    const value = pair === null ? (item as ParsedNode) : (pair.value ?? pair.key);
    const name = pair === null ? String(index) : String((pair.key as unknown as { value: unknown }).value);
    out.set(prefix + name, locate(value.range[0]));
    placesInside(value, `${prefix}${name}.`, locate, out);
  });
}
