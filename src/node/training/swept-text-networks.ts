/** @file The network for texts that heads of a sweep grow from, as this machine loads it. */

import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { RecipeRequest } from '../../recipe/recipe.ts';
import type { PrepareTextsOptions } from '../../runs/prepare-texts.ts';
import type { SweptNetworks } from '../../runs/sweep/swept-networks.ts';
import { type SweptTexts, sweptTextNetworks } from '../../runs/sweep/swept-text-networks.ts';
import { type LoadTextBackboneOptions, loadTextBackbone } from '../text/load-text-backbone.ts';
import { startTokenizingThread } from '../text/tokenizing-thread.ts';

/**
 * Loads the network for texts that some recipes ask for.
 *
 * @param requests - Of one network, see `sweepGrid`.
 * @throws {GraftError} As `loadTextBackbone` and `prepareTexts`.
 */
export async function loadSweptTextNetworks(
  requests: readonly RecipeRequest[],
  texts: SweptTexts,
  options: RuntimeOptions & Omit<PrepareTextsOptions, 'startThread'> & LoadTextBackboneOptions,
): Promise<SweptNetworks> {
  const [first] = requests as [RecipeRequest];
  const { download, ...rest } = options;
  const backbone = await loadTextBackbone(first.backbone, { pooling: first.pooling ?? undefined, download });
  return sweptTextNetworks(backbone, first, texts, { ...rest, startThread: startTokenizingThread });
}
