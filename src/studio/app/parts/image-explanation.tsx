/** @file Why a model says what it says of an image: its probabilities, and the images of the training that it is like. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ImageExplanation, NeighborImage } from '../../engine/run-state.ts';
import { engine } from '../store.ts';
import { PredictionBars } from './prediction-bars.tsx';

export interface ExplanationProps {
  readonly run: string;
  readonly hash: string;
  readonly explanation: ImageExplanation;
}

/** What the model says of an image or a text; undefined while it is asked. @param className - Whose words are weighed. */
export function useExplanation(
  run: string | undefined,
  hash: string | null,
  className?: string,
): ImageExplanation | Error | undefined {
  const [explanation, setExplanation] = useState<ImageExplanation | Error>();
  // Another class of the same text takes the place of the one before, and nothing jumps.
  useEffect(() => setExplanation(undefined), [run, hash]);
  useEffect(() => {
    if (run === undefined || hash === null) return;
    let isOld = false;
    const keep = (found: ImageExplanation | Error): void => {
      if (!isOld) setExplanation(found);
    };
    engine.explain(run, hash, className).then(keep, keep);
    return () => {
      isOld = true;
    };
  }, [run, hash, className]);
  return explanation;
}

export function Explanation({ run, hash, explanation }: ExplanationProps): JSX.Element {
  const classNames = explanation.probabilities.map(({ className }) => className);
  return (
    <div class="pair">
      <section class="stack tight bars" aria-label="What the model says">
        <h3>What the model says</h3>
        <PredictionBars classNames={classNames} result={explanation} />
        {explanation.unknown ? (
          <p class="note">It is unlike all that the model was trained on: what it says means little.</p>
        ) : null}
        {explanation.noHeatMap === null ? null : <p class="soft">{explanation.noHeatMap}</p>}
      </section>
      <Neighbors run={run} hash={hash} />
    </div>
  );
}

function Neighbors({ run, hash }: { readonly run: string; readonly hash: string }): JSX.Element {
  const [isAsked, setIsAsked] = useState(false);
  const [found, setFound] = useState<readonly NeighborImage[] | Error>();
  useEffect(() => {
    setFound(undefined);
    if (!isAsked) return;
    let isOld = false;
    const keep = (answer: readonly NeighborImage[] | Error): void => {
      if (!isOld) setFound(answer);
    };
    // Who goes through images by keys stops at a few of them.
    const timer = setTimeout(() => engine.neighbors(run, hash).then(keep, keep), 400);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [run, hash, isAsked]);
  return (
    <section class="stack tight" aria-label="Nearest training images">
      <h3>Because it looks like these</h3>
      {!isAsked ? (
        <div class="row">
          <button type="button" onClick={() => setIsAsked(true)}>
            Find the nearest training images
          </button>
        </div>
      ) : found === undefined ? (
        <div class="stack tight neighbors-wait">
          <p class="soft" role="status">
            Comparing with every training image ...
          </p>
          <progress aria-label="Comparing with every training image" />
        </div>
      ) : found instanceof Error ? (
        <p class="problem" role="alert">
          {found.message}
        </p>
      ) : found.length === 0 ? (
        <p class="soft">None of the images that it was trained on is there any more.</p>
      ) : (
        <ul class="neighbors">
          {found.map(({ row, similarity }) => (
            <li key={row.id}>
              {row.hash === null ? null : (
                <img src={engine.thumbnailUrl(row.hash)} alt={`${row.name} of ${row.className}`} />
              )}
              <span class="caption">{row.className}</span>
              <span class="soft numbers" title="Cosine of their features">
                {similarity.toFixed(2)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
