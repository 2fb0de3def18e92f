/** In and out: the run as zip, its settings, metrics and a film; and a run dropped or chosen. */
import { useRef, useState } from 'preact/hooks';
import { defaultRunName, filmOf, gifOf, showConfig } from '../../src/browser.ts';
import type { Studio } from '../studio.ts';

export function FilesPanel({ studio }: { studio: Studio }) {
  const input = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const name = studio.config.name ?? defaultRunName(studio.config);
  const zip = async (): Promise<void> => {
    setBusy(true);
    try {
      const bytes = await studio.training.zip();
      if (bytes) save(`${name}.zip`, bytes, 'application/zip');
    } finally {
      setBusy(false);
    }
  };
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
          Load a zip …
        </button>
        <button
          type="button"
          onClick={() => {
            folder.current!.click();
          }}
        >
          Load a folder …
        </button>
        <input
          ref={input}
          type="file"
          accept=".zip"
          hidden
          aria-label="A run as zip"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) void studio.load(file.arrayBuffer());
            currentTarget.value = '';
          }}
        />
        <input
          ref={folder}
          type="file"
          {...{ webkitdirectory: true }}
          hidden
          aria-label="A run directory or a checkpoint"
          onChange={({ currentTarget }) => {
            const files = [...(currentTarget.files ?? [])];
            const located = files.map((file) => ({ path: file.webkitRelativePath, file }));
            if (located.length > 0) void studio.loadFolder(Promise.resolve(located));
            currentTarget.value = '';
          }}
        />
      </div>
      <p class="note">
        The zip is a run directory: <code>maddpg eval --checkpoint</code> plays it and{' '}
        <code>maddpg train --resume</code> trains it on. Drop a zip, a run directory or a checkpoint anywhere
        on this page. {studio.keeps}
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
