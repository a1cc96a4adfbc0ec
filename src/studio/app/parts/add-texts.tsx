/** @file Texts that a person writes or pastes: a line each. */

import type { JSX } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { addFiles } from '../dropped-files.ts';
import { Dialog } from './dialog.tsx';

export interface AddTextsProps {
  readonly className: string;
  readonly onClose: () => void;
}

export function AddTextsDialog({ className, onClose }: AddTextsProps): JSX.Element {
  const input = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  return (
    <Dialog title={`Add texts to “${className}”`} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const lines = input.current!.value.split('\n').filter((line) => line.trim() !== '');
          const files = lines.map((line) => ({ name: nameOf(line), bytes: new Blob([line]) }));
          onClose();
          if (files.length > 0) void addFiles(new Map([[className, files]]), className);
        }}
      >
        <label for={id}>Texts, one a line</label>
        <textarea id={id} ref={input} rows={8} required />
        <div class="row end">
          <button type="submit" class="primary">
            Add
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Where texts are files, each needs a name: its first words. */
function nameOf(line: string): string {
  return `${line.trim().split(/\s+/).slice(0, 6).join(' ').slice(0, 60)}.txt`;
}
