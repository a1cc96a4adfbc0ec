/** @file The classes: how many examples each has, and some of them. */

import type { JSX } from 'preact';
import { hasClasses } from '../recipe/task.ts';
import { BarList } from '../ui/bar-list.tsx';
import { Name } from '../ui/name.tsx';
import { Section } from '../ui/section.tsx';
import { ExampleList } from './example-list.tsx';
import type { RunReportData } from './report-data.ts';
import { count } from './report-numbers.ts';

export function ClassesSection({ data }: { readonly data: RunReportData }): JSX.Element {
  const { info, data: found, one } = data;
  const training = found.sets.find(({ set }) => set === 'training')?.perClass;
  return (
    <Section
      id="classes"
      title={hasClasses(info.recipe.task) ? 'Classes' : 'What it was asked'}
      note={
        found.missing === undefined
          ? `Training ${one}s of each.`
          : `The ${one}s cannot be shown: ${found.missing}`
      }
    >
      {training === undefined ? null : (
        <BarList
          bars={info.classNames.map((name, index) => ({
            name: <Name of={name} />,
            value: training[index] ?? 0,
            text: count(training[index] ?? 0),
          }))}
        />
      )}
      {found.samples.map((examples, index) =>
        examples.length === 0 ? null : (
          <div class="stack-small" key={info.classNames[index]}>
            <h3>
              <Name of={info.classNames[index] ?? 'Examples'} />
            </h3>
            <ExampleList examples={examples} />
          </div>
        ),
      )}
      {training === undefined && found.samples.length === 0 ? (
        <ul class="texts">
          {info.classNames.map((name) => (
            <li key={name}>
              <Name of={name} />
            </li>
          ))}
        </ul>
      ) : null}
    </Section>
  );
}
