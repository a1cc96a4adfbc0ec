/** @file The data: where they came from, how they were split, and what is wrong with them. */

import type { ComponentChildren, JSX } from 'preact';
import { shellWord } from '../core/errors/shell-word.ts';
import { visible } from '../core/errors/visible-text.ts';
import { DataTable } from '../ui/data-table.tsx';
import { Facts } from '../ui/facts.tsx';
import { Name } from '../ui/name.tsx';
import { Section } from '../ui/section.tsx';
import { ExampleList } from './example-list.tsx';
import type { FoundData, RecordedTraining, RunReportData } from './report-data.ts';
import { count, formatCount } from './report-numbers.ts';

/** Files that are listed by name. */
const MAX_LISTED = 50;

export function DataSection({ data }: { readonly data: RunReportData }): JSX.Element {
  const { info, one, recorded, data: found } = data;
  const sets = [
    { label: `training ${one}s`, value: info.train.examples },
    { label: `validation ${one}s`, value: info.validation.examples },
    ...(info.test === undefined ? [] : [{ label: `test ${one}s`, value: info.test.examples }]),
  ];
  return (
    <Section
      id="data"
      title="Data"
      note={
        recorded === undefined ? undefined : (
          <>
            From <Name of={recorded.data} />
            {found.validationSource === undefined ? '.' : `; validation: ${visible(found.validationSource)}.`}
          </>
        )
      }
    >
      {found.missing === undefined ? null : (
        <p class="warning">{`The data are not there now: ${visible(found.missing)}`}</p>
      )}
      {found.changes.map((change) => (
        <p class="warning" key={change}>
          {visible(change)}
        </p>
      ))}
      <Facts facts={sets.map(({ label, value }) => ({ label, value: count(value) }))} />
      {recorded?.dataSha256 === undefined ? null : (
        <p class="note">
          Hash of the training data (SHA-256): <code>{recorded.dataSha256}</code>
        </p>
      )}
      <Problems recorded={recorded} found={found} one={one} />
    </Section>
  );
}

function Problems({
  recorded,
  found: { warnings, leaks = [] },
  one,
}: {
  readonly recorded: RecordedTraining | undefined;
  readonly found: FoundData;
  readonly one: string;
}): JSX.Element {
  const { skipped = [], duplicates } = recorded ?? {};
  const problems: ComponentChildren[] = warnings.map((warning) => visible(warning));
  if (duplicates !== undefined && duplicates.images > 0) {
    problems.push(
      `${formatCount(duplicates.images, one)} ${duplicates.images === 1 ? 'has' : 'have'} a copy, byte for byte.`,
    );
    for (const { set, trained } of duplicates.sets) {
      if (set !== 'train' && trained > 0) {
        problems.push(
          `${formatCount(trained, `${set} ${one}`)} ${trained === 1 ? 'is' : 'are'} among those that were trained on: metrics flatter the model.`,
        );
      }
    }
    if (duplicates.differing > 0) {
      problems.push(
        `${formatCount(duplicates.differing, one)} ${duplicates.differing === 1 ? 'has' : 'have'} a copy with another answer: one of them is wrong.`,
      );
    }
  }
  for (const { set, examples } of duplicates?.near?.sets ?? []) {
    if (examples > 0)
      problems.push(
        `${formatCount(examples, `${set} ${one}`)} ${examples === 1 ? 'is' : 'are'} nearly the same as one that is trained on: metrics flatter the model.`,
      );
  }
  if (skipped.length > 0)
    problems.push(
      `${formatCount(skipped.length, 'file')} could not be read, and ${skipped.length === 1 ? 'was' : 'were'} left out.`,
    );
  const groups = duplicates?.groups ?? [];
  return (
    <div class="stack">
      <h3>Problems</h3>
      {problems.length === 0 ? (
        <p>
          {recorded === undefined
            ? 'Nothing is recorded of this run.'
            : 'None was found: no copies, no file that cannot be read.'}
        </p>
      ) : (
        <ul class="plain">
          {problems.map((problem, index) => (
            <li key={index}>{problem}</li>
          ))}
        </ul>
      )}
      {recorded === undefined ? null : (
        <p class="note">
          {`Nearly equal ${one}s, labels that are likely wrong and what is like no other are found by `}
          <code>{`graft check ${shellWord(recorded.data)}`}</code>.
        </p>
      )}
      {leaks.length === 0 ? null : (
        <details>
          <summary>{`The same ${one} in several sets, or with several answers`}</summary>
          {leaks.map(({ sets: inSets, differ, shown }, index) => (
            <div class="stack-small" key={index}>
              <p>
                {`${inSets.length > 1 ? `In ${inSets.join(' and ')}` : 'In one set'}${differ ? ', with several answers' : ''}`}
              </p>
              <ExampleList examples={shown} />
            </div>
          ))}
        </details>
      )}
      {skipped.length === 0 ? null : (
        <details>
          <summary>Files that were left out</summary>
          <DataTable
            label="Files that were left out"
            columns={[{ title: 'file' }, { title: 'why' }]}
            rows={skipped
              .slice(0, MAX_LISTED)
              .map(({ file, reason }) => [<Name key={file} of={file} />, visible(reason)])}
          />
        </details>
      )}
      {groups.length === 0 ? null : (
        <details>
          <summary>Copies</summary>
          <DataTable
            label="Copies"
            columns={[{ title: 'files' }, { title: 'answers' }]}
            rows={groups.slice(0, MAX_LISTED).map(({ images, differ }) => [
              images.map(({ file, set }) => (
                <div key={file}>
                  <Name of={file} />
                  {` (${set})`}
                </div>
              )),
              differ ? 'differ' : 'the same',
            ])}
          />
        </details>
      )}
    </div>
  );
}
