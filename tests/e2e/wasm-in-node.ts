/** @file Node with the library of browsers: what it computes, a browser computes to the bit. */

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Runtime } from '../../src/core/runtime/runtime.ts';
import { saveClassifier } from '../../src/node/artifacts/save-classifier.ts';
import { runtime as native } from '../../src/node/runtime/runtime.ts';
import { gatherImages } from '../../src/node/training/image-sets.ts';
import { gatherTexts } from '../../src/node/training/text-sets.ts';
import { trainClassifier } from '../../src/node/training/train-classifier.ts';
import { trainTextClassifier } from '../../src/node/training/train-text-classifier.ts';
import type { RecipeInput } from '../../src/recipe/recipe.ts';
import { readRecipe } from '../../src/recipe/recipe-input.ts';
import { readTextRecipe } from '../../src/recipe/text-defaults.ts';
import type { TrainedClassifier } from '../../src/runs/grow-classifier.ts';
import { writeTrained } from '../../src/use-cases/write-trained.ts';
import { createWasmSession } from '../../src/web/wasm-sessions.ts';

export async function wasmInNode(): Promise<Runtime> {
  const file = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
  const wasmBinary = new Uint8Array(await readFile(file));
  const settings = { wasmFolder: undefined, wasmBinary, threads: 1 };
  return {
    ...native,
    threads: native.threads,
    createSession: (model, name, options) => createWasmSession(settings, model, name, options),
  };
}

/** Trains on a folder of class folders, and writes the model file. */
export async function trainInNode(
  folder: string,
  { recipe, runtime, model }: { recipe: RecipeInput; runtime: Runtime; model: string },
): Promise<TrainedClassifier> {
  const sets = await gatherImages(folder, readRecipe(recipe));
  const trained = await trainClassifier(sets, { folder, recipe, runtime });
  await saveClassifier(trained, model);
  return trained;
}

/** Trains on a table or folder of texts. @param run - A folder that is made. @returns The model file there. */
export async function trainTextsInNode(data: string, recipe: RecipeInput, run: string): Promise<string> {
  const sets = await gatherTexts(data, readTextRecipe(recipe));
  const trained = await trainTextClassifier(sets, { folder: data, recipe, runtime: await wasmInNode() });
  await mkdir(run, { recursive: true });
  return (await writeTrained(run, trained)).path;
}
