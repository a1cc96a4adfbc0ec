/** @file What can be done with the selected images, at the lower edge: it lies above the page, so that nothing moves. */

import type { JSX } from 'preact';
import { acceptSelection, binSelection, relabelSelection, restoreSelection } from '../edits.ts';
import { countExamples, noun } from '../noun.ts';
import { project, selection } from '../store.ts';
import { Icon } from './icon.tsx';

export interface SelectionBarProps {
  readonly isBin?: boolean | undefined;
  /** Whether the check finds other classes likelier. */
  readonly isSuspect?: boolean | undefined;
}

export function SelectionBar({ isBin, isSuspect }: SelectionBarProps): JSX.Element | null {
  const { size } = selection.value;
  if (size === 0) return null;
  return (
    <section class="selection" aria-label={`Selected ${noun.value.several}`}>
      <strong>{countExamples(size)}</strong>
      {isBin ? (
        <button type="button" class="primary" onClick={() => void restoreSelection()}>
          Put back <kbd>R</kbd>
        </button>
      ) : (
        <>
          {isSuspect ? (
            <button type="button" class="primary" onClick={() => void acceptSelection()}>
              Move as suggested <kbd class="wide-only">A</kbd>
            </button>
          ) : null}
          <label class="row">
            <span class="wide-only">Move to</span>
            <select
              aria-label="Move to class"
              onChange={({ currentTarget }) => {
                const { value } = currentTarget;
                if (value !== '') void relabelSelection(value);
              }}
            >
              <option value="">class ...</option>
              {project.value?.classes.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <button type="button" class="quiet" onClick={() => void binSelection()}>
            <Icon name="bin" /> To the bin <kbd class="wide-only">Del</kbd>
          </button>
        </>
      )}
      <button
        type="button"
        class="quiet round"
        aria-label="Select nothing"
        onClick={() => {
          selection.value = new Set();
        }}
      >
        <Icon name="close" />
      </button>
    </section>
  );
}
