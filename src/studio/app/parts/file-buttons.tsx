/** @file Buttons by which files and folders are chosen. */

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { addFiles, byFolder } from '../dropped-files.ts';
import { engine } from '../store.ts';
import { Icon } from './icon.tsx';

interface FileButtonProps {
  readonly className: string | undefined;
  readonly label?: string;
}

export function FileButton({ className, label = 'Add files' }: FileButtonProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        <Icon name="plus" /> {label}
      </button>
      <input
        ref={input}
        type="file"
        accept={`image/*,.zip,.tm${engine.keeping === undefined ? '' : ',.csv,.tsv,.jsonl,.ndjson'}`}
        multiple
        hidden
        onChange={({ currentTarget }) => {
          void addFiles(byFolder([...(currentTarget.files ?? [])]), className);
          currentTarget.value = '';
        }}
      />
    </>
  );
}

export function FolderButton(): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        <Icon name="folder" /> Choose a folder
      </button>
      <input
        ref={(element) => {
          input.current = element;
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          void addFiles(byFolder([...(currentTarget.files ?? [])]), undefined);
          currentTarget.value = '';
        }}
      />
    </>
  );
}
