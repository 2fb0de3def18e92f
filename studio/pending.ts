import type { Config, MetricRecord, RunStore, StoredSnapshot } from '../src/browser.ts';
export class MemoryRun implements RunStore {
  readonly name = 'studio';
  constructor(_config: Config) {}
  static open(_zip: Uint8Array): {
    config: Config;
    snapshot: StoredSnapshot;
    records: readonly MetricRecord[];
  } {
    throw new Error('pending');
  }
  record(_: MetricRecord): void {}
  save(): Promise<string> {
    return Promise.resolve('none');
  }
  settle(): Promise<void> {
    return Promise.resolve();
  }
  log(): void {}
  get latest(): StoredSnapshot | undefined {
    return undefined;
  }
  zip(): Uint8Array<ArrayBuffer> {
    throw new Error('pending');
  }
}
