/** @file Where the features of joined networks are kept: in the spaces of the single ones, as trainings with one of them alone have them. */

import type { Modality } from '../examples/modality.ts';
import type { Functional } from '../layers/functional.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { boundarySpecs } from '../steps/freeze-boundary.ts';
import { literalFeatureGraph } from './feature-graph.ts';
import {
  type FeatureSpaces,
  type FeatureStores,
  openFeatureSpaces,
  type SpaceOptions,
} from './feature-spaces.ts';
import { joinStores, type StoredPart } from './joined-store.ts';
import { type FeatureDType, keptAs, RowLayout } from './row-layout.ts';

/** A network that is joined with others. */
export interface FeaturePart {
  /** Up to its features, called as the model of a training is. */
  readonly model: Functional;
  /** Its features, `[N, C]`. */
  readonly tensor: SymbolicTensor;
  readonly lowerInputs: Modality['lowerInputs'];
  /** What the cached features are called, for people. */
  readonly about?: Readonly<Record<string, string | number>> | undefined;
}

/** @param parts - In the order in which their features stand in a row. */
export async function openJoinedSpaces(
  stores: FeatureStores,
  parts: readonly FeaturePart[],
  { dtype, ...identity }: Pick<SpaceOptions, 'beside' | 'views'> & { readonly dtype: FeatureDType },
): Promise<FeatureSpaces> {
  const [plain, views]: [StoredPart[], StoredPart[]] = [[], []];
  for (const { model, tensor, lowerInputs, about = {} } of parts) {
    const specs = boundarySpecs({ model, boundary: [tensor] });
    const bytesPerEntry = new RowLayout(keptAs(dtype, specs)).bytesPerRow!;
    const graph = literalFeatureGraph(model, [{ name: 'features', tensor, dtype }], { lowerInputs });
    const own = await openFeatureSpaces(stores, { graph, about, bytesPerEntry, ...identity });
    plain.push({ store: own.plain, bytesPerEntry });
    views.push({ store: own.views, bytesPerEntry });
  }
  return { plain: joinStores(plain), views: joinStores(views) };
}
