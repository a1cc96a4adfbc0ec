/** @file How a training went, epoch by epoch. */

import type { JSX } from 'preact';
import { curvePanels } from '../artifacts/curves-plot.tsx';
import { LinePlot } from '../ui/charts/line-plot.tsx';
import { Section } from '../ui/section.tsx';
import type { RunReportData } from './report-data.ts';
import { formatCount } from './report-numbers.ts';

const WHY = {
  epochs: 'all epochs were trained',
  'early-stopping': 'it stopped early, as no epoch was better for long',
  interrupted: 'it was interrupted',
} as const;

export function CurvesSection({ data }: { readonly data: RunReportData }): JSX.Element {
  const { history, info, recorded } = data;
  const why = recorded === undefined ? '' : `; ${WHY[recorded.ended]}`;
  return (
    <Section
      id="training"
      title="Training"
      note={`${formatCount(history.length, 'epoch')}${why}. The weights of epoch ${info.bestEpoch} were kept: the dashed line.`}
    >
      <div class="pair">
        {curvePanels(history, info.bestEpoch).map((panel) => (
          <LinePlot
            key={panel.title}
            {...panel}
            description={`${panel.title} by epoch, of training and validation; best epoch ${info.bestEpoch} of ${history.length}`}
          />
        ))}
      </div>
    </Section>
  );
}
