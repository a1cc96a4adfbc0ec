/** @file Whether the validation examples had a say in which weights were kept. */

import { listPhases } from '../recipe/phases.ts';
import type { ReportedInfo } from './report-data.ts';

/** Whether any phase kept the epoch that was best on validation; metrics on the same examples are then a little optimistic. */
export function choosesEpoch({ recipe }: Pick<ReportedInfo, 'recipe'>): boolean {
  return listPhases(recipe).some(({ keepEpoch }) => keepEpoch === 'best');
}
