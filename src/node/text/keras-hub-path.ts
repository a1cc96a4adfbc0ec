/** @file Which paths are of KerasHub: looked at before anything of it is loaded. */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readFolderJsonIfThere } from './model-folder.ts';

const WEIGHTS = 'model.weights.h5';

/** The file of weights that a path means: itself, or that of a preset's folder; undefined if it is none of KerasHub's. */
export async function kerasHubWeights(path: string): Promise<string | undefined> {
  if (statSync(path).isFile()) return path.toLowerCase().endsWith('.weights.h5') ? path : undefined;
  if (!existsSync(join(path, WEIGHTS))) return undefined;
  const config = await readFolderJsonIfThere(path, 'config.json');
  const isHuggingFace = typeof config === 'object' && config !== null && 'model_type' in config;
  return isHuggingFace ? undefined : join(path, WEIGHTS);
}
