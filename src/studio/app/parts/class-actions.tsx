/** @file What can be done with the class that is open. */

import type { JSX } from 'preact';
import { edit } from '../edits.ts';
import { isOfTexts } from '../noun.ts';
import { engine } from '../store.ts';
import { FileButton } from './file-buttons.tsx';
import { Icon } from './icon.tsx';

interface ClassActionsProps {
  readonly className: string;
  readonly onRename: () => void;
  readonly onWebcam: () => void;
  readonly onAdd: () => void;
}

export function ClassActions({ className, onRename, onWebcam, onAdd }: ClassActionsProps): JSX.Element {
  return (
    <>
      {isOfTexts.value ? (
        <button type="button" onClick={onAdd}>
          <Icon name="plus" /> Add texts
        </button>
      ) : (
        <>
          <button type="button" onClick={onWebcam}>
            <Icon name="camera" /> Webcam
          </button>
          <FileButton className={className} />
        </>
      )}
      <button type="button" class="quiet" onClick={onRename}>
        <Icon name="edit" /> Rename
      </button>
      <button type="button" class="quiet" onClick={() => void edit(() => engine.binClass(className))}>
        <Icon name="bin" /> Remove
      </button>
    </>
  );
}
