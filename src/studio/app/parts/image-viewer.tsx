/** @file One image, large: what it is, what may be wrong with it, and what a model sees in it. */

import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ImageRow } from '../../engine/project-state.ts';
import { acceptSelection, classOfKey, relabelSelection } from '../edits.ts';
import { engine, project, selection } from '../store.ts';
import { percent } from '../words.ts';
import { Dialog } from './dialog.tsx';
import { Explanation, useExplanation } from './image-explanation.tsx';

export interface ImageViewerProps {
  readonly row: ImageRow;
  readonly position: string;
  /** The run that explains it. */
  readonly run: string | undefined;
  readonly onStep: (step: number) => void;
  readonly onClose: () => void;
}

export function ImageViewer({ row, position, run, onStep, onClose }: ImageViewerProps): JSX.Element {
  /** Undefined for the plain image, null for the predicted class. */
  const [explained, setExplained] = useState<string | null>();
  const explanation = useExplanation(run, row.hash);
  const isExplained = explanation !== undefined && !(explanation instanceof Error);
  const hasMap = isExplained && explanation.noHeatMap === null;
  const select = (): void => {
    selection.value = new Set([row.id]);
  };
  const relabel = (className: string): void => {
    select();
    void relabelSelection(className);
  };
  const accept = (): void => {
    select();
    void acceptSelection();
  };
  const { finding, prediction } = row;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const className = classOfKey(event.key);
    if (event.key === 'ArrowRight') onStep(1);
    else if (event.key === 'ArrowLeft') onStep(-1);
    else if (event.key === 'h' && hasMap) setExplained(explained === undefined ? null : undefined);
    else if (event.key === 'a' && finding?.suggested) accept();
    else if (className !== undefined && row.className !== null) relabel(className);
  };
  return (
    <Dialog title={row.name} onClose={onClose} onKeyDown={onKeyDown} isWide>
      <div class="viewer">
        <div class="large">
          {row.hash === null ? (
            <p>This file cannot be read as an image.</p>
          ) : run !== undefined && hasMap && explained !== undefined ? (
            <img
              src={engine.heatMapUrl(run, row.hash, 'large', explained ?? undefined)}
              alt={`What speaks for ${explained ?? 'the predicted class'} in ${row.name}`}
            />
          ) : (
            <img src={engine.imageUrl(row.hash)} alt={`${row.name} of ${row.className ?? 'the bin'}`} />
          )}
        </div>
        {run === undefined || row.hash === null ? null : (
          <fieldset class="chips" disabled={!hasMap}>
            <legend>
              What speaks for <kbd class="wide-only">H</kbd>
            </legend>
            <Chip isOn={explained === undefined} onPress={() => setExplained(undefined)}>
              nothing, the plain image
            </Chip>
            <Chip isOn={explained === null} onPress={() => setExplained(null)}>
              what it predicts
            </Chip>
            {(isExplained ? explanation.probabilities : []).map(({ className }) => (
              <Chip key={className} isOn={explained === className} onPress={() => setExplained(className)}>
                {className}
              </Chip>
            ))}
          </fieldset>
        )}
        <div class="row wrap">
          <button type="button" class="quiet" onClick={() => onStep(-1)}>
            Previous
          </button>
          <button type="button" class="quiet" onClick={() => onStep(1)}>
            Next
          </button>
          <span class="soft">
            {position}
            {prediction === undefined
              ? ''
              : ` · the model says ${prediction.className}, ${percent(prediction.probability)}`}
            {finding === undefined ? '' : ` · ${finding.text}`}
          </span>
          {finding?.suggested ? (
            <button type="button" onClick={accept}>
              Move to {finding.suggested} <kbd class="wide-only">A</kbd>
            </button>
          ) : null}
        </div>
        {row.className === null ? null : (
          <fieldset class="chips">
            <legend>Class</legend>
            {project.value?.classes.map(({ name }, index) => (
              <Chip key={name} isOn={name === row.className} onPress={() => relabel(name)}>
                {index < 9 ? <kbd>{index + 1}</kbd> : null}
                {name}
              </Chip>
            ))}
          </fieldset>
        )}
        {explanation instanceof Error ? (
          <p class="problem" role="alert">
            {explanation.message}
          </p>
        ) : run !== undefined && isExplained && row.hash !== null ? (
          <Explanation run={run} hash={row.hash} explanation={explanation} />
        ) : null}
      </div>
    </Dialog>
  );
}

interface ChipProps {
  readonly isOn: boolean;
  readonly onPress: () => void;
  readonly children: ComponentChildren;
}

function Chip({ isOn, onPress, children }: ChipProps): JSX.Element {
  return (
    <button type="button" class={isOn ? 'chip on' : 'chip'} aria-pressed={isOn} onClick={onPress}>
      {children}
    </button>
  );
}
