/** Keeps the run in the browser's own storage, so that reloading the page goes on where it was. */

export interface Kept {
  /** The address after # that it belongs to. */
  readonly hash: string;
  /** The run as zip. */
  readonly zip: Uint8Array;
  readonly wasPaused: boolean;
}

const NAME = 'maddpg-studio';
const STORE = 'runs';
const KEY = 'latest';

/** Rejects where the browser has no storage here, as some do on file://. */
export async function keep(kept: Kept): Promise<void> {
  await transact('readwrite', (store) => store.put(kept, KEY));
}

/** What was kept; undefined if there is nothing, or no storage. */
export async function kept(): Promise<Kept | undefined> {
  return (await transact('readonly', (store) => store.get(KEY))) as Kept | undefined;
}

async function transact(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = (await done(opening)) as IDBDatabase;
  try {
    return await done(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function done(request: IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('storage: expected it to work, got no reason'));
    };
  });
}
