/** @file What the viewers of images and of texts have in common: going on, the class, and what is remarkable. */

import type { JSX } from 'preact';
import type { ImageRow } from '../../engine/project-state.ts';
import { acceptSelection, classOfKey, relabelSelection } from '../edits.ts';
import { project, selection } from '../store.ts';
import { percent } from '../words.ts';
import { Chip } from './chip.tsx';

export interface ViewerProps {
  readonly row: ImageRow;
  readonly position: string;
  /** The run that explains it. */
  readonly run: string | undefined;
  readonly onStep: (step: number) => void;
  readonly onClose: () => void;
}

export function relabelRow({ id }: ImageRow, className: string): void {
  selection.value = new Set([id]);
  void relabelSelection(className);
}

function acceptRow({ id }: ImageRow): void {
  selection.value = new Set([id]);
  void acceptSelection();
}

/** Arrows go on, numbers are classes, A agrees with a suspicion. @returns Whether the key meant something. */
export function onViewerKey(event: KeyboardEvent, { row, onStep }: ViewerProps): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const className = classOfKey(event.key);
  if (event.key === 'ArrowRight') onStep(1);
  else if (event.key === 'ArrowLeft') onStep(-1);
  else if (event.key === 'a' && row.finding?.suggested) acceptRow(row);
  else if (className !== undefined && row.className !== null) relabelRow(row, className);
  else return false;
  return true;
}

export function ViewerSteps({ row, position, onStep }: ViewerProps): JSX.Element {
  const { prediction, finding } = row;
  return (
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
        <button type="button" onClick={() => acceptRow(row)}>
          Move to {finding.suggested} <kbd class="wide-only">A</kbd>
        </button>
      ) : null}
    </div>
  );
}

export function ViewerClasses({ row }: Pick<ViewerProps, 'row'>): JSX.Element | null {
  if (row.className === null) return null;
  return (
    <fieldset class="chips">
      <legend>Class</legend>
      {project.value?.classes.map(({ name }, index) => (
        <Chip key={name} isOn={name === row.className} onPress={() => relabelRow(row, name)}>
          {index < 9 ? <kbd>{index + 1}</kbd> : null}
          {name}
        </Chip>
      ))}
    </fieldset>
  );
}
