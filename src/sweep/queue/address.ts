/** The address of a queue. It may hold a password, which no message shows: `shown` is the address without. */
import { UserError } from '../../core/user-error.ts';

export interface QueueAddress {
  readonly store: 'redis' | 'postgres';
  /** With the password: for the driver alone. */
  readonly url: string;
  /** Without user and password: for messages. */
  readonly shown: string;
}

/** Variable that may give the address instead of --queue, which other users of a machine could read in its processes. */
export const QUEUE_VARIABLE = 'MADDPG_QUEUE';

const STORES: Readonly<Record<string, QueueAddress['store']>> = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
};

/** Reads --queue, or the variable without it. Throws UserError, which does not repeat what it was given. */
export function queueAddress(given: string | undefined): QueueAddress {
  const url = given ?? process.env[QUEUE_VARIABLE];
  const wanted = 'expected redis://HOST:PORT/NUMBER or postgres://HOST:PORT/DATABASE';
  if (url === undefined || url === '')
    throw new UserError(`--queue: ${wanted}, got nothing; give it, or set ${QUEUE_VARIABLE}`);
  const where = given === undefined ? QUEUE_VARIABLE : '--queue';
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const store = parsed && STORES[parsed.protocol];
  if (parsed === undefined || store === undefined)
    throw new UserError(`${where}: ${wanted}, got ${parsed ? parsed.protocol + '//...' : 'no address'}`);
  return { store, url, shown: `${parsed.protocol}//${parsed.host}${parsed.pathname}` };
}

/** A message of a driver without the address's password, should it hold any. */
export function withoutPassword(message: string, { url, shown }: QueueAddress): string {
  const { password } = new URL(url);
  const secrets = password === '' ? [] : [password, decoded(password)];
  return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), message.replaceAll(url, shown));
}

/** As drivers may show it: addresses may have a bare %, which nothing decodes. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return password;
  }
}
