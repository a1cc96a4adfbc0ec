/** @file What the model says of what it is shown just now: a verdict, and a bar for each class. */

import type { JSX } from 'preact';
import { noun } from '../noun.ts';
import { PredictionBars, type PredictionBarsProps, saidClass } from './prediction-bars.tsx';

export function SaidBars({ classNames, result }: PredictionBarsProps): JSX.Element {
  return (
    <section class="card bars" aria-label="What the model says">
      <p class="verdict" aria-live="polite">
        {result?.unknown ? 'None of these' : (saidClass(result) ?? 'Nothing asked yet')}
      </p>
      <PredictionBars classNames={classNames} result={result} />
      <p class="soft">
        {result?.unknown === undefined
          ? `Whatever it is shown, the model says one of these classes: it learned from too few ${noun.value.several} to know what is unlike them.`
          : 'What is unlike all that the model learned from is none of these.'}
      </p>
    </section>
  );
}
