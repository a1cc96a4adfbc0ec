/** @file ONNX files of this machine, with what lies beside them. */

import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BudgetedModel, decodeOnnx, type ReadOnnxOptions } from '../../core/weights/onnx-file.ts';
import {
  type GraphBackbone,
  type GraphBackboneOptions,
  graphBackbone,
  type OnnxFile,
} from '../../vision/backbone/graph-backbone.ts';
import { PREPROCESSOR_CONFIG } from '../../vision/preprocessing/onnx-preprocessing.ts';
import { openOnnx } from '../weights/open-onnx.ts';

/** Of a processor's configuration, some hundred bytes are usual. */
const MAX_CONFIG_BYTES = 2 ** 16;

/** Reads the bytes of an ONNX file. @throws {GraftError} `file-not-found`. */
export async function openOnnxFile(path: string): Promise<OnnxFile> {
  return { ...(await openOnnx(path)), preprocessorConfig: () => preprocessorConfigBeside(path) };
}

/**
 * Reads an ONNX file as far as its operators are known, with the data that it keeps in files beside it.
 *
 * @throws {GraftError} `file-not-found`; `model-file`, if it is damaged.
 */
export async function readOnnx(path: string, options: ReadOnnxOptions = {}): Promise<BudgetedModel> {
  return decodeOnnx(await openOnnxFile(path), options);
}

/**
 * Reads an ONNX file and makes a backbone of it, see `graphBackbone`.
 *
 * @throws {GraftError} `file-not-found`, and what `graphBackbone` throws.
 */
export async function loadGraphBackbone(
  path: string,
  options: GraphBackboneOptions = {},
): Promise<GraphBackbone> {
  return graphBackbone(await openOnnxFile(path), options);
}

/** The text of the configuration that Hugging Face's programs leave beside a model, if it is there. */
export async function preprocessorConfigBeside(path: string): Promise<string | undefined> {
  const file = join(dirname(path), PREPROCESSOR_CONFIG);
  const facts = await stat(file).catch(() => undefined);
  if (facts === undefined || !facts.isFile() || facts.size > MAX_CONFIG_BYTES) return undefined;
  return readFile(file, 'utf8');
}
