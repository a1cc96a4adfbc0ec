/** @file A confusion matrix: a table whose cells can be opened. */

import type { JSX } from 'preact';
import { Scroll } from './data-table.tsx';
import { Name } from './name.tsx';
import { Opener } from './sheet.tsx';

export interface ConfusionTableProps {
  readonly classNames: readonly string[];
  /** `confusion[truth][predicted]`, in the order of the classes. */
  readonly confusion: readonly (readonly number[])[];
  /** The sheet that a cell opens; undefined where it opens none. */
  readonly sheetOf: (truth: number, predicted: number) => string | undefined;
}

/** Depth of the color of a cell that holds all of its class, in percent. */
const MAX_DEPTH = 40;

export function ConfusionTable({ classNames, confusion, sheetOf }: ConfusionTableProps): JSX.Element {
  return (
    <Scroll label="Confusion matrix">
      <table class="confusion">
        <thead>
          <tr>
            <th scope="col">true \ predicted</th>
            {classNames.map((name) => (
              <th key={name} scope="col">
                <Name of={name} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.map((row, truth) => (
            <tr key={classNames[truth]}>
              <th scope="row">
                <Name of={classNames[truth]!} />
              </th>
              {row.map((count, predicted) => (
                <td key={classNames[predicted]}>
                  <Cell
                    count={count}
                    fraction={
                      count /
                      Math.max(
                        1,
                        row.reduce((sum, each) => sum + each, 0),
                      )
                    }
                    isRight={truth === predicted}
                    opens={sheetOf(truth, predicted)}
                    label={`${classNames[truth]}, predicted as ${classNames[predicted]}: ${count}`}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

interface CellProps {
  readonly count: number;
  /** Of its row. */
  readonly fraction: number;
  readonly isRight: boolean;
  readonly opens: string | undefined;
  readonly label: string;
}

function Cell({ count, fraction, isRight, opens, label }: CellProps): JSX.Element {
  // A mistake counts more than its part of the row: one of a hundred is to be seen.
  const depth =
    count === 0 ? 0 : isRight ? fraction * MAX_DEPTH : 12 + Math.sqrt(fraction) * (MAX_DEPTH - 12);
  const style = `--tint: var(--${isRight ? 'sea' : 'clay'}); --depth: ${Math.round(depth)}`;
  if (opens === undefined) {
    return (
      <span class="cell" style={style}>
        {count}
      </span>
    );
  }
  return (
    <Opener class="cell" style={style} opens={opens} label={label}>
      {count}
    </Opener>
  );
}
