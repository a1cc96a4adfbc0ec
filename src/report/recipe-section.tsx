/** @file What a training cost, and how it is done again. */

import type { JSX } from 'preact';
import { visibleJson } from '../core/errors/visible-text.ts';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Name } from '../ui/name.tsx';
import { Section } from '../ui/section.tsx';
import type { RunReportData } from './report-data.ts';
import { count, duration, sizeText } from './report-numbers.ts';

export function RecipeSection({ data }: { readonly data: RunReportData }): JSX.Element {
  const { info, recorded, command, modelBytes, modelSha256 } = data;
  const cost: Fact[] =
    recorded === undefined
      ? []
      : [
          {
            label: 'in all',
            value: duration(recorded.seconds.total),
            detail: `features ${duration(recorded.seconds.features)}, training ${duration(recorded.seconds.training)}`,
          },
          { label: 'memory at most', value: sizeText(recorded.peakMemoryBytes) },
          {
            label: 'trained parameters',
            value: count(recorded.parameters.trainable),
            detail: `of ${count(recorded.parameters.total)}`,
          },
        ];
  return (
    <Section id="recipe" title="Cost and recipe">
      <Facts facts={[...cost, { label: 'model file', value: sizeText(modelBytes) }]} />
      <div class="stack-small">
        <h3>The same again</h3>
        <pre tabindex={0}>
          <code>{visibleJson(command)}</code>
        </pre>
        <p class="note">
          {
            'In the folder where it was trained. With the same data, the same weights come out, bit for bit. SHA-256 of the model file: '
          }
          <code>{modelSha256}</code>
        </p>
      </div>
      <div class="stack-small">
        <h3>Backbone</h3>
        <p>
          <Name of={info.backbone.name} />, license <Name of={info.backbone.license} />;{' '}
          <Name of={info.backbone.source} />
        </p>
      </div>
      <details>
        <summary>The whole recipe</summary>
        <pre tabindex={0}>
          <code>{visibleJson(JSON.stringify(info.recipe, undefined, 2))}</code>
        </pre>
      </details>
    </Section>
  );
}
