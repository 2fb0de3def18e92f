/** In and out: the run as zip, its settings, metrics and a film; and a run dropped or chosen. */
import { useRef, useState } from 'preact/hooks';
import { filmOf, gifOf, showConfig } from '../../src/browser.ts';
import { runName, type Studio } from '../studio.ts';

export function FilesPanel({ studio }: { studio: Studio }) {
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const zip = async (): Promise<void> => {
    setBusy(true);
    const bytes = await studio.training.zip();
    save(`${runName(studio.config)}.zip`, bytes, 'application/zip');
    setBusy(false);
  };
  const name = runName(studio.config);
  return (
    <details class="panel files">
      <summary>Save and load</summary>
      <div class="row">
        <button
          type="button"
          disabled={busy || studio.training.standing === 'failed'}
          onClick={() => void zip()}
        >
          Run as zip
        </button>
        <button
          type="button"
          onClick={() => {
            save(`${name}.yaml`, showConfig(studio.config), 'text/yaml');
          }}
        >
          Settings
        </button>
        <button
          type="button"
          onClick={() => {
            const lines = studio.training.records.map((record) => `${JSON.stringify(record)}\n`);
            save(`${name}.jsonl`, lines.join(''), 'application/jsonl');
          }}
        >
          Metrics
        </button>
        <button
          type="button"
          onClick={() => {
            save(`${name}.gif`, gifOfEpisode(studio), 'image/gif');
          }}
        >
          This episode as GIF
        </button>
        <button
          type="button"
          onClick={() => {
            input.current!.click();
          }}
        >
          Load a run …
        </button>
        <input
          ref={input}
          type="file"
          accept=".zip"
          hidden
          aria-label="A run as zip"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) void studio.load(file);
            currentTarget.value = '';
          }}
        />
      </div>
      <p class="note">
        The zip is a run directory: unpack it and <code>maddpg eval</code> plays it,{' '}
        <code>maddpg train --resume</code> trains it on. Or drop one anywhere on this page. {studio.keeps}
      </p>
    </details>
  );
}

function gifOfEpisode(studio: Studio): Uint8Array {
  const recording = studio.stage.recording('studio');
  return gifOf(filmOf(recording, recording.episodes[0]!, 'fixed'));
}

function save(name: string, content: Uint8Array | string, type: string): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
