/** @file What a run leaves in its folder, and how a file of such a name is known to be Graft's before it is written over. */

import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { BesideModel } from '../../artifacts/encode-model-file.ts';
import type { RecipeModelInfo, TextModelInfo } from '../../artifacts/model-info.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { Task } from '../../recipe/task.ts';
import type { TrainedClassifier } from '../../runs/grow-classifier.ts';
import { encodeImageFilter } from '../../vision/images/image-filter.ts';
import { writeModelFile } from '../files/model-file.ts';
import {
  beginsWith,
  either,
  isJsonWith,
  isReplaceable,
  isVoid,
  NAME_IS_PROOF,
  type OwnFile,
  type Proof,
} from '../files/own-files.ts';
import { unfinishedNames, writeWhole } from '../files/write-file.ts';
import { historyCsv } from './history-csv.ts';
import { isRunStart, RUN_START } from './start-file.ts';
import { isTrainingRecord, TRAINING_RECORD } from './training-record.ts';

/** Every name that `graft train` and `graft sweep` write. */
const OUTPUTS: Readonly<Record<string, Proof>> = {
  // The version of the format, and who made it, each behind bytes that no text has.
  'model.onnx': beginsWith(/^[^ -~]{4}graft/),
  // All that Graft has ever written of every recipe: who writes one by hand says what differs from the defaults.
  'recipe.json': isJsonWith(
    ...['backbone', 'head', 'optimizer', 'learningRate', 'batchSize', 'epochs'],
    ...['patience', 'validation', 'group', 'seed'],
  ),
  'history.csv': beginsWith(/^epoch,[^\n]*,seconds\n/, 4096),
  'curves.svg': beginsWith(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" [^>]*>\n<title>Loss/),
  [RUN_START]: isRunStart,
  [TRAINING_RECORD]: isTrainingRecord,
  'sweep.json': either(
    isJsonWith('classNames', 'combinations', 'rows'),
    isJsonWith('classes', 'asked', 'rows'),
  ),
  'sweep.csv': beginsWith(/^cut,head,optimizer,learning_rate,/),
};

/** What a run that was killed while it wrote has left behind. */
export const UNFINISHED_OUTPUTS: OwnFile = {
  name: unfinishedNames(
    /(?:model\.(?:onnx|safetensors)|(?:recipe|run|sweep|training|(?:generation_|tokenizer_)?config|tokenizer)\.json|(?:history|sweep)\.csv|curves\.svg|report\.html|README\.md)/,
  ),
  proof: NAME_IS_PROOF,
};

/**
 * Before the long work: whether all that a run will write may be written over.
 *
 * @throws {GraftError} `file-exists`, naming what Graft cannot prove to have written.
 */
export async function requireReplaceable(folder: string): Promise<void> {
  for (const name of Object.keys(OUTPUTS)) {
    if (await isFree(folder, name)) continue;
    throw new GraftError('file-exists', {
      where: `run folder "${folder}"`,
      expected: `no "${name}", or one that Graft wrote`,
      received: 'another one',
      advice: 'It was left as it is: move it away, or choose another --out.',
    });
  }
}

/** A model file that was written. */
export interface WrittenModel {
  readonly path: string;
  /** Of the file, as 64 hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Writes `model.onnx`, `recipe.json`, `history.csv` and `curves.svg`; under another name, `model-2.onnx`, where somebody has put
 * a file of theirs there since the run began.
 */
export async function writeRun(
  folder: string,
  graph: Graph,
  info: RecipeModelInfo | TextModelInfo,
  {
    history,
    trainedHashes,
    tokenizer,
    adapters,
  }: Pick<TrainedClassifier<Task>, 'history' | 'trainedHashes'> & Pick<BesideModel, 'tokenizer' | 'adapters'>,
): Promise<WrittenModel> {
  // First what cannot be had again without training.
  const model = await placeIn(folder, 'model.onnx');
  const trainingImages = encodeImageFilter(trainedHashes, info.recipe.seed);
  const sha256 = await writeModelFile(model, graph, info, { trainingImages, tokenizer, adapters });
  await writeWhole(await placeIn(folder, 'recipe.json'), `${JSON.stringify(info.recipe, undefined, 2)}\n`);
  await writeWhole(await placeIn(folder, 'history.csv'), historyCsv(history.epochs));
  // Drawn at the end: nothing of it is loaded before.
  const { curvesPlot } = await import('../../artifacts/curves-plot.tsx');
  await writeWhole(await placeIn(folder, 'curves.svg'), curvesPlot(history.epochs, info.bestEpoch));
  const { size: bytes } = await stat(model);
  return { path: model, sha256, bytes };
}

async function placeIn(folder: string, name: string): Promise<string> {
  if (await isFree(folder, name)) return join(folder, name);
  const ending = extname(name);
  for (let number = 2; ; number++) {
    const path = join(folder, `${name.slice(0, -ending.length)}-${number}${ending}`);
    if (await isReplaceable(path, async () => false)) return path;
  }
}

/** Whether a file of this name may be written. */
function isFree(folder: string, name: string): Promise<boolean> {
  return isReplaceable(join(folder, name), either(isVoid, OUTPUTS[name]!));
}
