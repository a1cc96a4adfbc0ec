/** @file Which run a page is about. */

import type { JSX } from 'preact';
import { chosenRun, currentRun, rankedRuns } from '../store.ts';
import { percent } from '../words.ts';

export function RunChoice(): JSX.Element | null {
  const current = currentRun.value;
  if (current === undefined) return null;
  return (
    <label class="row">
      <span class="soft">Run</span>
      <select
        value={current.run}
        onChange={({ currentTarget }) => {
          chosenRun.value = currentTarget.value;
        }}
      >
        {rankedRuns.value.map(({ run, validation }) => (
          <option key={run} value={run}>
            {run}
            {validation !== null && 'accuracy' in validation ? `, ${percent(validation.accuracy)}` : ''}
          </option>
        ))}
      </select>
    </label>
  );
}
