/** @file How good a model is: the number that counts first, then all of them by set. */

import type { JSX } from 'preact';
import { DataTable } from '../ui/data-table.tsx';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Name } from '../ui/name.tsx';
import { Section } from '../ui/section.tsx';
import { choosesEpoch } from './chosen-epoch.ts';
import type { ReportedInfo, RunReportData } from './report-data.ts';
import { count, decimal, interval, percent } from './report-numbers.ts';

type Stored = ReportedInfo['validation'];

export function MetricsSection({ data }: { readonly data: RunReportData }): JSX.Element {
  const { info, one } = data;
  const [set, metrics] = info.test === undefined ? ['validation', info.validation] : ['test', info.test];
  return (
    <Section
      id="metrics"
      title="How good it is"
      note={
        set === 'test'
          ? `On ${count(metrics.examples)} test ${one}s, which no decision of the training looked at.`
          : `On ${count(metrics.examples)} validation ${one}s, which chose ${choosesEpoch(info) ? 'the best epoch: a little optimistic' : 'no epoch: the last one was kept'}.`
      }
    >
      <Facts facts={factsOf(metrics)} />
      <SetsTable info={info} />
      {'labels' in metrics ? <LabelsTable metrics={metrics} /> : null}
    </Section>
  );
}

function factsOf(metrics: Stored): Fact[] {
  if ('values' in metrics) {
    return metrics.values.map(({ name, mae, baseline, intervals }) => ({
      label: `mean absolute error of ${name}`,
      value: decimal(mae),
      detail: `95% CI ${decimal(intervals.mae[0])} to ${decimal(intervals.mae[1])}${baseline === undefined ? '' : `; the mean alone: ${decimal(baseline.mae)}`}`,
    }));
  }
  if ('labels' in metrics) {
    return [
      {
        label: 'all labels right',
        value: percent(metrics.exactMatch),
        detail: `${interval(metrics.interval)}; always the commonest: ${percent(metrics.baseline)}`,
      },
      { label: 'macro F1', value: decimal(metrics.macro.f1) },
      { label: 'micro F1', value: decimal(metrics.micro.f1) },
      { label: 'loss', value: decimal(metrics.loss) },
    ];
  }
  return [
    { label: 'accuracy', value: percent(metrics.accuracy), detail: interval(metrics.interval) },
    {
      label: 'baseline: always the commonest class',
      value: percent(metrics.baseline),
    },
    { label: 'balanced accuracy', value: percent(metrics.balancedAccuracy) },
    { label: 'macro F1', value: decimal(metrics.macroF1) },
    { label: 'loss (cross-entropy)', value: decimal(metrics.loss) },
  ];
}

function SetsTable({ info }: { readonly info: ReportedInfo }): JSX.Element {
  const sets = [
    ['training', info.train],
    ['validation', info.validation],
    ...(info.test === undefined ? [] : [['test', info.test] as const]),
  ] as const;
  const [first] = Object.values(info.validation).length > 0 ? [info.validation] : [];
  if (first !== undefined && 'values' in first) {
    return (
      <DataTable
        label="Metrics by set"
        columns={[
          { title: 'set' },
          { title: 'value' },
          ...['examples', 'MAE', 'RMSE', 'R2'].map((title) => ({ title, isNumber: true })),
        ]}
        rows={sets.flatMap(([name, metrics]) =>
          'values' in metrics
            ? metrics.values.map((value) => [
                name,
                <Name key={value.name} of={value.name} />,
                count(metrics.examples),
                decimal(value.mae),
                decimal(value.rmse),
                decimal(value.r2),
              ])
            : [],
        )}
      />
    );
  }
  const main = first !== undefined && 'labels' in first ? 'all labels right' : 'accuracy';
  return (
    <DataTable
      label="Metrics by set"
      columns={[
        { title: 'set' },
        ...['examples', main, '95% interval', 'baseline', 'loss'].map((title) => ({ title, isNumber: true })),
      ]}
      rows={sets.map(([name, metrics]) => {
        if ('values' in metrics) return [name];
        const value = 'labels' in metrics ? metrics.exactMatch : metrics.accuracy;
        const [low, high] = metrics.interval;
        return [
          name,
          count(metrics.examples),
          percent(value),
          // Those of examples that were trained on mean nothing.
          name === 'training' ? '' : `${percent(low)} to ${percent(high)}`,
          percent(metrics.baseline),
          decimal(metrics.loss),
        ];
      })}
    />
  );
}

function LabelsTable({ metrics }: { readonly metrics: Extract<Stored, { labels: unknown }> }): JSX.Element {
  return (
    <DataTable
      label="Metrics of each label"
      columns={[
        { title: 'label' },
        ...['precision', 'recall', 'F1', 'AUC', 'examples'].map((title) => ({ title, isNumber: true })),
      ]}
      rows={metrics.labels.map(({ label, precision, recall, f1, auc, support }) => [
        <Name key={label} of={label} />,
        decimal(precision),
        decimal(recall),
        decimal(f1),
        decimal(auc),
        count(support),
      ])}
    />
  );
}
