/** @file What a model says of one image, as bars in the order of the classes: whatever it says, no bar changes its place. */

import type { JSX } from 'preact';
import type { TryResult } from '../../engine/run-state.ts';
import { percent } from '../words.ts';

export interface PredictionBarsProps {
  readonly classNames: readonly string[];
  readonly result: TryResult | undefined;
}

export function PredictionBars({ classNames, result }: PredictionBarsProps): JSX.Element {
  const said = saidClass(result);
  const probabilities = new Map(result?.probabilities.map((each) => [each.className, each.probability]));
  return (
    <ul>
      {classNames.map((name, index) => {
        const probability = probabilities.get(name) ?? 0;
        return (
          <li key={name} class={name === said ? 'on' : ''}>
            <span class="bar-name">{name}</span>
            <span class="track" aria-hidden="true">
              <span class={`fill hue-${index % 6}`} style={{ width: `${probability * 100}%` }} />
            </span>
            <span class="numbers">{result === undefined ? '' : percent(probability)}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** The most probable class; undefined where nothing was asked, or the image is unlike all that the model knows. */
export function saidClass(result: TryResult | undefined): string | undefined {
  if (result === undefined || result.unknown) return undefined;
  const [first, ...others] = result.probabilities;
  if (first === undefined) return undefined;
  return others.reduce((best, each) => (each.probability > best.probability ? each : best), first).className;
}
