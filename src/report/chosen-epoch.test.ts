import { expect, it } from 'vitest';
import type { PhaseChange } from '../recipe/recipe.ts';
import { readTextRecipe } from '../recipe/text-defaults.ts';
import { choosesEpoch } from './chosen-epoch.ts';
import type { ReportedInfo } from './report-data.ts';

it('knows of every phase whether it kept its best epoch or its last', () => {
  const chooses = (keepEpoch: 'best' | 'last', ...phases: PhaseChange[]): boolean =>
    choosesEpoch({ recipe: readTextRecipe({ keepEpoch, phases }) } as Pick<ReportedInfo, 'recipe'>);
  expect(chooses('best')).toBe(true);
  expect(chooses('last')).toBe(false);
  expect(chooses('last', { epochs: 2 })).toBe(false);
  expect(chooses('last', { epochs: 2, keepEpoch: 'best' })).toBe(true);
});
