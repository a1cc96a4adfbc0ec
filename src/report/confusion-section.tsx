/** @file What a model takes for what; each cell opens its examples. */

import type { JSX } from 'preact';
import { ConfusionTable } from '../ui/confusion-table.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { Name } from '../ui/name.tsx';
import { Section } from '../ui/section.tsx';
import { Opener, Sheet } from '../ui/sheet.tsx';
import { ExampleList } from './example-list.tsx';
import type { MeasuredClasses, MeasuredExamples } from './report-data.ts';
import { count, decimal, formatCount } from './report-numbers.ts';

/** A larger matrix is not read: its largest cells are listed. */
const MAX_CLASSES = 24;
const MAX_PAIRS = 40;

export interface ConfusionSectionProps {
  readonly measured: MeasuredExamples;
  readonly classes: MeasuredClasses;
  readonly one: string;
}

export function ConfusionSection({ measured, classes, one }: ConfusionSectionProps): JSX.Element {
  const { perClass, confusion, cells } = classes;
  const names = perClass.map(({ className }) => className);
  const sheetOf = (truth: number, predicted: number): string | undefined =>
    cells.some((cell) => cell.truth === truth && cell.predicted === predicted)
      ? `cell-${truth}-${predicted}`
      : undefined;
  const from = measured.of > measured.examples ? ` of ${count(measured.of)}, taken evenly` : '';
  return (
    <Section
      id="confusion"
      title="What it confuses"
      note={`${formatCount(measured.examples, `${measured.set} ${one}`)}${from}: a row for what is true, a column for what was predicted. A cell opens its ${one}s.`}
    >
      {names.length <= MAX_CLASSES ? (
        <ConfusionTable classNames={names} confusion={confusion} sheetOf={sheetOf} />
      ) : (
        <Pairs names={names} confusion={confusion} sheetOf={sheetOf} />
      )}
      <DataTable
        label="Metrics of each class"
        columns={[
          { title: 'class' },
          ...['precision', 'recall', 'F1', `${one}s`].map((title) => ({ title, isNumber: true })),
        ]}
        rows={perClass.map(({ className, precision, recall, f1, support }) => [
          <Name key={className} of={className} />,
          decimal(precision),
          decimal(recall),
          decimal(f1),
          count(support),
        ])}
      />
      {cells.map(({ truth, predicted, shown }) => {
        const all = confusion[truth]![predicted]!;
        return (
          <Sheet
            key={`${truth}-${predicted}`}
            id={`cell-${truth}-${predicted}`}
            title={
              <>
                <Name of={names[truth]!} />
                {truth === predicted ? ', predicted right' : ', predicted as '}
                {truth === predicted ? null : <Name of={names[predicted]!} />}
                {`: ${formatCount(all, one)}${shown.length < all ? `, ${shown.length} shown` : ''}`}
              </>
            }
          >
            <ExampleList examples={shown} />
          </Sheet>
        );
      })}
    </Section>
  );
}

/** What is taken for something else most often. */
function Pairs({
  names,
  confusion,
  sheetOf,
}: {
  readonly names: readonly string[];
  readonly confusion: readonly (readonly number[])[];
  readonly sheetOf: (truth: number, predicted: number) => string | undefined;
}): JSX.Element {
  const pairs = confusion
    .flatMap((row, truth) => row.map((number, predicted) => ({ truth, predicted, number })))
    .filter(({ truth, predicted, number }) => truth !== predicted && number > 0)
    .sort((a, b) => b.number - a.number)
    .slice(0, MAX_PAIRS);
  if (pairs.length === 0) return <p>Nothing is confused.</p>;
  return (
    <DataTable
      label="What is confused most often"
      columns={[{ title: 'true' }, { title: 'predicted' }, { title: 'times', isNumber: true }]}
      rows={pairs.map(({ truth, predicted, number }) => {
        const sheet = sheetOf(truth, predicted);
        return [
          <Name key="truth" of={names[truth]!} />,
          <Name key="predicted" of={names[predicted]!} />,
          sheet === undefined ? (
            count(number)
          ) : (
            <Opener opens={sheet} label={`${number}: open the examples`}>
              {count(number)}
            </Opener>
          ),
        ];
      })}
    />
  );
}
