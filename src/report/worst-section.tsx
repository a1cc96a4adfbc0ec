/** @file The examples with the largest loss, and what the model looked at in them. */

import type { JSX } from 'preact';
import { visible } from '../core/errors/visible-text.ts';
import { Name } from '../ui/name.tsx';
import { Photo } from '../ui/photos.tsx';
import { Section } from '../ui/section.tsx';
import type { MeasuredExamples, WorstExample } from './report-data.ts';
import { decimal } from './report-numbers.ts';

export interface WorstSectionProps {
  readonly measured: MeasuredExamples;
  readonly one: 'image' | 'text';
}

export function WorstSection({ measured, one }: WorstSectionProps): JSX.Element {
  const hasMaps = measured.worst.some(({ heatMap }) => heatMap !== undefined);
  const note =
    one === 'text'
      ? 'The largest losses. Words in the color of the sea speak for what was predicted, in that of clay against it.'
      : hasMaps
        ? 'The largest losses, as the network sees them, and what speaks for what it predicted (Grad-CAM): the brighter, the more.'
        : 'The largest losses.';
  return (
    <Section id="worst" title="Where it is most wrong" note={note}>
      {measured.unexplained === undefined ? null : <p class="note">{measured.unexplained}</p>}
      <ul class="worst">
        {measured.worst.map((example, index) => (
          <li key={index}>
            <Worst example={example} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Worst({ example }: { readonly example: WorstExample }): JSX.Element {
  const { photo, heatMap, text, tokens, truth, predicted, isRight, loss } = example;
  return (
    <div class="stack-small">
      {photo === undefined ? null : (
        <div class="twins">
          <Photo src={photo.src} alt={photo.alt} />
          {heatMap === undefined ? null : <Photo src={heatMap.src} alt={heatMap.alt} />}
        </div>
      )}
      {text === undefined ? null : (
        <p dir="auto">{tokens === undefined ? visible(text) : <Tokens tokens={tokens} />}</p>
      )}
      <p class="verdict">
        <Name of={truth} />
        {isRight ? ', predicted right: ' : ', predicted as '}
        <strong>
          <Name of={predicted} />
        </strong>
        <span class="note">{` · loss ${decimal(loss, 2)}`}</span>
      </p>
      {photo?.caption === undefined ? null : <p class="note small">{photo.caption}</p>}
    </div>
  );
}

function Tokens({ tokens }: { readonly tokens: NonNullable<WorstExample['tokens']> }): JSX.Element {
  const most = Math.max(...tokens.map(({ score }) => Math.abs(score)), 1e-9);
  return (
    <>
      {tokens.map(({ text, score }, index) => (
        <span
          key={index}
          class="token"
          style={`--tint: var(--${score < 0 ? 'clay' : 'sea'}); --depth: ${Math.round((Math.abs(score) / most) * 45)}`}
          title={`${score < 0 ? '' : '+'}${score.toFixed(2)}`}
        >
          {visible(text)}
        </span>
      ))}
    </>
  );
}
