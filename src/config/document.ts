/**
 * YAML text -> the values in it, each with its place. Checks syntax, duplicate keys, tags and aliases; settings.ts
 * interprets the keys.
 */
import { Lexer, LineCounter, isAlias, isCollection, isMap, isScalar, parseDocument, visit } from 'yaml';
import type { Alias, Document, Node, ParsedNode, Pair, ScalarTag, Tags, YAMLError } from 'yaml';
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

/** Longest text, in characters. A complete configuration has about 10 kB. */
export const LONGEST_TEXT = 128 * 1024;

/** Maximum number of YAML tokens, each of which takes time. A complete configuration has about 1,000. */
const MOST_TOKENS = 20_000;

/** Most values that aliases may copy; more are an attack or an accident. */
const MOST_COPIES = 1000;

/** Maximum nesting depth; deeper values would overflow the stack of recursive walks. */
export const MAX_DEPTH = 100;

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
  const size = sizeFault(text);
  if (size !== undefined) throw new ConfigError(`${file}: ${size}`);
  const lines = new LineCounter();
  const locate: Locate = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { where: `${file}:${line}:${col}`, layer, order: offset };
  };
  const doc = parseDocument(text, { ...YAML_OPTIONS, lineCounter: lines });
  const problem = doc.errors[0] ?? doc.warnings[0];
  if (problem !== undefined) {
    // Where the stack ends depends on the caller.
    const where = problem.code === 'RESOURCE_EXHAUSTION' ? file : locate(problem.pos[0]).where;
    throw new ConfigError(`${where}: ${syntaxFault(problem)}`);
  }
  refuseDepth(doc, locate);
  addDuplicates(doc, locate, faults);
  const values = new Values(doc);
  return pairsOf(doc, file, locate).flatMap((pair) => givenOf(pair, values, locate, faults));
}

/** The fault of a text that would take too long to read; undefined if there is none. */
function sizeFault(text: string): string | undefined {
  if (text.length > LONGEST_TEXT)
    return `expected YAML of at most ${LONGEST_TEXT} characters, got ${text.length}`;
  const tokens = new Lexer().lex(text);
  for (let n = 0; tokens.next().done !== true; n++)
    if (n === MOST_TOKENS) return `expected at most ${MOST_TOKENS} words and signs of YAML, got more`;
  return undefined;
}

/** The value of a text, inside `around` mappings; undefined if it is not YAML of ordinary size. */
export function readValue(text: string, around: number): unknown {
  if (sizeFault(text) !== undefined) return undefined;
  const doc = parseDocument(text, YAML_OPTIONS);
  if (doc.errors.length > 0 || doc.warnings.length > 0) return undefined;
  const read = new Values(doc).read(doc.contents, around);
  return 'got' in read ? undefined : read.value;
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
  values: Values,
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
  const read = values.read(node, 1);
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

/** A value as plain data; or, in `got`, what prevents that. */
type Read = { readonly value: unknown } | { readonly got: string };

/** Why a value cannot be read. */
class Unreadable extends Error {}

/** The values of a document as plain data, aliases copied. Each alias is followed once, so that this takes linear time. */
class Values {
  /** What aliases stand for: the nearest node before them with their anchor. */
  readonly #targets = new Map<Alias, Node>();
  #copies = 0;

  constructor(doc: Document.Parsed) {
    const anchors = new Map<string, Node>();
    visit(doc, {
      Node: (_, node) => {
        const target = isAlias(node) ? anchors.get(node.source) : undefined;
        if (isAlias(node) && target) this.#targets.set(node, target);
        else if (!isAlias(node) && node.anchor) anchors.set(node.anchor, node);
      },
    });
  }

  /** The value of a node inside `around` lists and mappings. */
  read(node: Node | null, around: number): Read {
    try {
      return { value: this.#of(node, { around, copied: false, open: new Set() }) };
    } catch (error) {
      if (error instanceof Unreadable) return { got: error.message };
      throw error;
    }
  }

  /** `open`: the nodes whose values are being read. */
  #of(node: unknown, inside: { around: number; copied: boolean; open: ReadonlySet<unknown> }): unknown {
    const { around, copied, open } = inside;
    if (copied && ++this.#copies > MOST_COPIES)
      throw new Unreadable(`aliases that copy more than ${MOST_COPIES} values`);
    if (isAlias(node)) {
      const target = this.#targets.get(node);
      if (target === undefined) throw new Unreadable('an alias (*) without its anchor (&) before it');
      if (open.has(target)) throw new Unreadable('one that contains itself');
      return this.#of(target, { around, copied: true, open });
    }
    if (!isCollection(node)) return isScalar(node) ? node.value : null;
    if (around > MAX_DEPTH) throw new Unreadable('one nested too deeply');
    const within = { around: around + 1, copied, open: new Set([...open, node]) };
    if (!isMap(node)) return node.items.map((item) => this.#of(item, within));
    const entries = node.items.map(({ key, value }) => {
      if (!isScalar(key)) throw new Unreadable('a list or a mapping as a name');
      return [String(key.value), this.#of(value, within)] as const;
    });
    return Object.fromEntries(entries);
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
