/** @file The network of an open language model: a large one's weights stay in a file of the cache, a small one's in memory. */

import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { AdaptableLayer } from '../../core/layers/adaptable-layer.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Weight } from '../../core/layers/layer.ts';
import { readModelWeights } from '../../text/architectures/weight-names.ts';
import {
  buildLanguageModel,
  languageModelOfFile,
  languageModelWeights,
} from '../../text/weights/build-language-model.ts';
import { cacheFolder } from '../download/cache-folder.ts';
import type { OpenLanguageModel } from './open-language-model.ts';
import { layOut, openStoredWeights, writeStoredWeights } from './stored-weights.ts';

export interface NetworkOptions {
  /** Where the file is kept. Default: `weights` in the cache folder. */
  readonly folder?: string | undefined;
  /** Smaller models are kept in memory. Default 64 MB. */
  readonly minBytes?: number | undefined;
}

const MIN_BYTES = 64e6;

/**
 * Makes the network. The weights of a large model are written once, as the graph has them, to a file that is named after
 * the content of the model's files; sessions map that file. Where it cannot be written, they are kept in memory.
 *
 * @throws {GraftError} `weights`, if a tensor is missing, of another shape, or not finite.
 */
export async function createNetwork(
  file: OpenLanguageModel,
  { folder = join(cacheFolder(), 'weights'), minBytes = MIN_BYTES }: NetworkOptions = {},
): Promise<Functional> {
  const { model } = file;
  const network = languageModelOfFile(model);
  const names = languageModelWeights(model);
  const weights = names.map(({ layer, weight }) => network.getLayer(layer).weight(weight));
  const layout = layOut(weights, kernelsOf(network));
  if (layout.bytes < minBytes) return buildLanguageModel(model);
  const { architecture, config } = model;
  const about = JSON.stringify({ architecture, config, weights: await file.contentHash() });
  if (await openStoredWeights(folder, about, layout)) return network;
  try {
    await writeStoredWeights(folder, about, layout, (take) =>
      readModelWeights(network, names, model.weights, take),
    );
  } catch (error) {
    if (error instanceof GraftError && error.code !== 'file-write') throw error;
    // A full disk, a folder that is only read: they cost memory, not the model.
    return buildLanguageModel(model);
  }
  if (await openStoredWeights(folder, about, layout)) return network;
  return buildLanguageModel(model);
}

/** What hidden states are multiplied by, as matrices. */
function kernelsOf(network: Functional): ReadonlyMap<Weight, readonly [rows: number, columns: number]> {
  const adaptable = network.layers.filter((layer) => layer instanceof AdaptableLayer);
  return new Map(
    adaptable.flatMap((layer) =>
      layer.projections.map(
        ({ kernel, rows, columns }) => [layer.weight(kernel), [rows, columns] as const] as const,
      ),
    ),
  );
}
