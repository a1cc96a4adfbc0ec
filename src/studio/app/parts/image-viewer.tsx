/** @file One image, large: what it is, what may be wrong with it, and what a model sees in it. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { engine } from '../store.ts';
import { Chip } from './chip.tsx';
import { Dialog } from './dialog.tsx';
import { Explanation, useExplanation } from './image-explanation.tsx';
import { onViewerKey, ViewerClasses, type ViewerProps, ViewerSteps } from './viewer-parts.tsx';

export function ImageViewer(props: ViewerProps): JSX.Element {
  const { row, run, onClose } = props;
  /** Undefined for the plain image, null for the predicted class. */
  const [explained, setExplained] = useState<string | null>();
  const explanation = useExplanation(run, row.hash);
  const isExplained = explanation !== undefined && !(explanation instanceof Error);
  const hasMap = isExplained && explanation.noHeatMap === null;
  const onKeyDown = (event: KeyboardEvent): void => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!onViewerKey(event, props) && isPlain && event.key === 'h' && hasMap)
      setExplained(explained === undefined ? null : undefined);
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
        <ViewerSteps {...props} />
        <ViewerClasses row={row} />
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
