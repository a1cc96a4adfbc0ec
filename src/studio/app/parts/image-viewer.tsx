/** @file One image, large. */

import type { JSX } from 'preact';
import type { ImageRow } from '../../engine/project-state.ts';
import { classOfKey, relabelSelection } from '../edits.ts';
import { engine, project, selection } from '../store.ts';
import { percent } from '../words.ts';
import { Dialog } from './dialog.tsx';

export interface ImageViewerProps {
  readonly row: ImageRow;
  readonly position: string;
  readonly onStep: (step: number) => void;
  readonly onClose: () => void;
}

export function ImageViewer({ row, position, onStep, onClose }: ImageViewerProps): JSX.Element {
  const relabel = (className: string): void => {
    selection.value = new Set([row.id]);
    void relabelSelection(className);
  };
  return (
    <Dialog title={row.name} onClose={onClose} isWide>
      <div
        class="viewer"
        onKeyDown={(event) => {
          const className = classOfKey(event.key);
          if (event.key === 'ArrowRight') onStep(1);
          else if (event.key === 'ArrowLeft') onStep(-1);
          else if (className !== undefined && row.className !== null) relabel(className);
        }}
      >
        <div class="large">
          {row.hash === null ? (
            <p>This file cannot be read as an image.</p>
          ) : (
            <img src={engine.imageUrl(row.hash)} alt={`${row.name} of ${row.className ?? 'the bin'}`} />
          )}
        </div>
        <div class="row wrap">
          <button type="button" class="quiet" onClick={() => onStep(-1)}>
            Previous
          </button>
          <button type="button" class="quiet" onClick={() => onStep(1)}>
            Next
          </button>
          <span class="soft">
            {position}
            {row.prediction === undefined
              ? ''
              : ` · the model says ${row.prediction.className}, ${percent(row.prediction.probability)}`}
          </span>
        </div>
        {row.className === null ? null : (
          <fieldset class="chips">
            <legend>Class</legend>
            {project.value?.classes.map(({ name }, index) => (
              <button
                key={name}
                type="button"
                class={name === row.className ? 'chip on' : 'chip'}
                aria-pressed={name === row.className}
                onClick={() => relabel(name)}
              >
                {index < 9 ? <kbd>{index + 1}</kbd> : null}
                {name}
              </button>
            ))}
          </fieldset>
        )}
      </div>
    </Dialog>
  );
}
