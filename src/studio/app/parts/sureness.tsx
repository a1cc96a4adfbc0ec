/** @file How sure a model is, and whether rightly: reliability before and after its temperature, and what it calls unknown. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ReliabilityPlot } from '../../../ui/charts/reliability-plot.tsx';
import type { RunConfidence } from '../../engine/run-state.ts';
import { countExamples, isOfTexts, noun } from '../noun.ts';
import { attempt, engine } from '../store.ts';
import { percent } from '../words.ts';

export function Sureness({ run }: { readonly run: string }): JSX.Element {
  const [confidence, setConfidence] = useState<RunConfidence | null>();
  useEffect(() => void attempt(() => engine.confidence(run)).then(setConfidence), [run]);
  if (confidence === undefined) return <p class="soft">Reading the model ...</p>;
  const { calibration, unknown, decision } = confidence ?? {};
  if (calibration === undefined && unknown === undefined && decision === undefined)
    return <p class="soft">The model file tells nothing of how sure the model may be.</p>;
  return (
    <>
      {calibration === undefined ? null : <Calibration calibration={calibration} />}
      {unknown === undefined ? null : (
        <p>
          <strong>None of these.</strong> {countExamples(unknown.kept, 'training ')} are in the model file.{' '}
          {isOfTexts.value ? 'A text' : 'An image'} whose cosine to the {ordinal(unknown.k)} nearest of them
          is under {unknown.threshold.toFixed(2)} is unknown. Of{' '}
          {countExamples(unknown.validation.examples, 'validation ')}, {unknown.validation.rejected} would be.
        </p>
      )}
      {decision === undefined ? null : (
        <ul class="plain">
          {decision.thresholds.map(({ className, threshold, validation }) => (
            <li key={className}>
              Trained for {decision.goal}: {className} from {percent(threshold)}, which on validation has
              precision {percent(validation.precision)}, recall {percent(validation.recall)}.
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Calibration({
  calibration,
}: {
  readonly calibration: NonNullable<RunConfidence['calibration']>;
}): JSX.Element {
  const { temperature, validation, test } = calibration;
  const [name, shown] =
    test === undefined ? (['validation', validation] as const) : (['test', test] as const);
  const images = shown.after.bins.reduce((sum, bin) => sum + bin.images, 0);
  const isFitted = temperature !== 1;
  const plots = isFitted
    ? ([
        ['Before', shown.before],
        ['After', shown.after],
      ] as const)
    : ([['Reliability', shown.after]] as const);
  return (
    <>
      <p>
        {isFitted ? (
          <>
            The model file divides by a temperature of <strong>{temperature.toFixed(2)}</strong>, since the
            network by itself was {temperature > 1 ? 'too sure' : 'not sure enough'}. Expected calibration
            error on {countExamples(images, `${name} `)}: {percent(shown.before.error)} before,{' '}
            <strong>{percent(shown.after.error)}</strong> after.
          </>
        ) : (
          <>
            Expected calibration error on {countExamples(images, `${name} `)}:{' '}
            <strong>{percent(shown.after.error)}</strong>. No temperature made it better.
          </>
        )}
      </p>
      <div class="pair">
        {plots.map(([title, reliability]) => (
          <figure key={title} class="plot">
            <ReliabilityPlot
              title={title}
              description={`Reliability diagram, ${title}: expected calibration error ${percent(reliability.error)}`}
              bins={reliability.bins}
            />
          </figure>
        ))}
      </div>
      <p class="soft">
        Bars: how many of the {noun.value.several} it is right about; lines: how sure it is. Where a line
        stands above its bar, it is too sure. Pale bars are of few {noun.value.several}.
      </p>
    </>
  );
}

function ordinal(number: number): string {
  return `${number}${number === 1 ? 'st' : number === 2 ? 'nd' : number === 3 ? 'rd' : 'th'}`;
}
