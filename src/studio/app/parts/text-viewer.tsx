/** @file One text, whole: its class, what a model says of it, and by which of its words. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Chip } from './chip.tsx';
import { Dialog } from './dialog.tsx';
import { useExplanation } from './image-explanation.tsx';
import { PredictionBars, saidClass } from './prediction-bars.tsx';
import { onViewerKey, ViewerClasses, type ViewerProps, ViewerSteps } from './viewer-parts.tsx';
import { WordWeights } from './word-weights.tsx';

/** More classes than this would bury the text under buttons. */
const MAX_EXPLAINED = 12;

export function TextViewer(props: ViewerProps): JSX.Element {
  const { row, run, onClose } = props;
  const [explained, setExplained] = useState<string>();
  useEffect(() => setExplained(undefined), [row.hash]);
  const explanation = useExplanation(run, row.hash, explained);
  const found = explanation instanceof Error ? undefined : explanation;
  const target = explained ?? saidClass(found) ?? '';
  const ranked = (found?.probabilities ?? [])
    .toSorted((a, b) => b.probability - a.probability)
    .slice(0, MAX_EXPLAINED);
  return (
    <Dialog title={row.name} onClose={onClose} onKeyDown={(event) => void onViewerKey(event, props)} isWide>
      <div class="viewer">
        {found?.tokens === undefined ? (
          <p class="text-large">{row.text ?? 'This file cannot be read as a text.'}</p>
        ) : (
          <WordWeights tokens={found.tokens} className={target} />
        )}
        <ViewerSteps {...props} />
        <ViewerClasses row={row} />
        {run === undefined ? null : explanation instanceof Error ? (
          <p class="problem" role="alert">
            {explanation.message}
          </p>
        ) : found === undefined ? (
          <p class="soft" role="status">
            The model reads it ...
          </p>
        ) : (
          <>
            <fieldset class="chips">
              <legend>What speaks for</legend>
              {ranked.map(({ className }) => (
                <Chip key={className} isOn={className === target} onPress={() => setExplained(className)}>
                  {className}
                </Chip>
              ))}
            </fieldset>
            <section class="stack tight bars" aria-label="What the model says">
              <PredictionBars classNames={ranked.map(({ className }) => className)} result={found} />
              {found.unknown ? (
                <p class="note">It is unlike all that the model was trained on: what it says means little.</p>
              ) : null}
            </section>
          </>
        )}
      </div>
    </Dialog>
  );
}
