/**
 * @file `graft.js` of an exported page: a model of this folder in three lines of any page. ONNX Runtime lies beside it, packed.
 *
 *     import { openModel } from './graft.js';
 *     const model = await openModel();
 *     const { label, probability } = await model.predict(file);
 */

import { decodeAnyModelFile, isTextModel } from '../artifacts/decode-model-file.ts';
import { TextClassifier } from '../artifacts/text-classifier.ts';
import type { Task } from '../recipe/task.ts';
import { Classifier } from '../web/classifier.ts';
import { createWebRuntime } from '../web/runtime.ts';

export { GraftError } from '../core/errors/graft-error.ts';
export { Classifier, TextClassifier };

/** A model of images, or of texts. */
export type Model = Classifier<Task> | TextClassifier;

/**
 * Opens the model.
 *
 * @param address - Of a `model.onnx`. Default: that of this folder.
 * @throws {GraftError} `model-file`; and Error, if a file of the folder is not served.
 */
export async function openModel(
  address: string | URL = new URL('model.onnx', import.meta.url),
): Promise<Model> {
  const [bytes, wasmBinary] = await Promise.all([fetchBytes(address), fetchRuntime()]);
  const file = decodeAnyModelFile(bytes, 'model.onnx');
  // One thread: the bits are those of several, and no server has to send headers.
  const runtime = createWebRuntime({ wasmBinary, threads: 1 });
  return isTextModel(file)
    ? TextClassifier.of(file, { runtime })
    : Classifier.of<Task>(file, { runtime, task: file.info.task });
}

async function fetchBytes(address: string | URL): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: the server says ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Whether bytes begin as gzip does. Servers may unpack the file by themselves. */
const GZIP = [0x1f, 0x8b];

async function fetchRuntime(): Promise<Uint8Array> {
  const packed = await fetchBytes(new URL('onnxruntime.wasm.gz', import.meta.url));
  if (!GZIP.every((byte, index) => packed[index] === byte)) return packed;
  const unpacked = new Blob([packed as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}
