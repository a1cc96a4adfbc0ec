/** @file A text with what its words weigh: what speaks for a class is marked, and what speaks against it. */

import type { JSX } from 'preact';
import type { TokenAttribution } from '../../../artifacts/explain/token-attributions.ts';

/** Log-odds from which a word is marked as strongly as can be. */
const MOST = 2;

export interface WordWeightsProps {
  readonly tokens: readonly TokenAttribution[];
  readonly className: string;
}

export function WordWeights({ tokens, className }: WordWeightsProps): JSX.Element {
  const largest = Math.max(MOST, ...tokens.map(({ score }) => Math.abs(score)));
  return (
    <figure class="words">
      <p>
        {tokens.map(({ text, score }, index) => (
          <mark
            key={index}
            class={score < 0 ? 'against' : 'for'}
            style={{ '--weight': `${Math.round((Math.abs(score) / largest) * 34)}%` }}
            title={`${score > 0 ? '+' : ''}${score.toFixed(2)}`}
          >
            {text}
          </mark>
        ))}
      </p>
      <figcaption>
        <mark class="for">Green</mark> speaks for {className}, <mark class="against">red</mark> against it:
        how much its log-odds fall, or rise, without the word.
      </figcaption>
    </figure>
  );
}
