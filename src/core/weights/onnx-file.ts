/** @file An ONNX file of another program: its bytes, read as far as its operators are known. */

import { GraftError } from '../errors/graft-error.ts';
import { type DecodedModel, type DecodeOptions, decodeModel } from '../onnx/decoder.ts';
import type { ExternalData } from '../onnx/tensor-proto.ts';
import { FileBudget } from '../tensor/file-budget.ts';
import { verifyChecksum } from './model-checksum.ts';

/** An ONNX file, wherever it comes from. */
export interface OnnxBytes {
  /** What messages call it, and what its model is named after: `resnet18.onnx`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Reads numbers that it keeps in other files. Default: a file that does so is refused. */
  readonly externalData?: ((budget: FileBudget, where: string) => ExternalData) | undefined;
}

/** A model, and what is left of what its file may take. */
export interface BudgetedModel extends DecodedModel {
  readonly budget: FileBudget;
}

export type ReadOnnxOptions = Pick<DecodeOptions, 'shapeOf' | 'foldsSizes'>;

/** Whether a path is that of an ONNX file. */
export function isOnnxPath(path: string): boolean {
  return path.toLowerCase().endsWith('.onnx');
}

/**
 * Decodes an ONNX file as far as its operators are known.
 *
 * @throws {GraftError} `model-file`, if it is damaged.
 */
export function decodeOnnx(file: OnnxBytes, options: ReadOnnxOptions = {}): BudgetedModel {
  const { name, bytes } = file;
  const where = `model "${name}"`;
  verifyChecksum(where, bytes);
  const budget = new FileBudget(bytes.length, { where, code: 'model-file' });
  const externalData = file.externalData?.(budget, where);
  try {
    const all = { ...options, partial: true, widensHalves: true, externalData, budget };
    return { ...decodeModel(bytes, all), budget };
  } catch (error) {
    if (!(error instanceof GraftError) || error.parts.where !== 'model') throw error;
    throw new GraftError(error.code, { ...error.parts, where }, { cause: error });
  }
}

/** `resnet18.onnx` becomes `resnet18`. */
export function onnxModelName(file: string): string {
  return file.replace(/\.onnx$/i, '').replace(/[^\w.-]+/g, '_') || 'onnx_graph';
}
