/** @file What an ONNX file says of itself, without its graph: for whoever runs it as it is. */

import { fromBinary } from '@bufbuild/protobuf';
import { FileBudget } from '../tensor/file-budget.ts';
import { takeMessages } from './message-budget.ts';
import { type ModelProto, ModelProtoSchema } from './onnx_pb.ts';

/** What is told. */
export interface ModelOutline {
  readonly metadata: Readonly<Record<string, string>>;
  /** Names of files that hold its numbers, as the file has them: whatever they are. */
  readonly dataFiles: readonly string[];
}

/**
 * Reads it. The numbers in the file are not copied.
 *
 * @returns Undefined, if the bytes are no ONNX model.
 * @throws {GraftError} `model-file`, if there is more in the file than its bytes can be.
 */
export function readModelOutline(bytes: Uint8Array, where: string): ModelOutline | undefined {
  takeMessages(bytes, new FileBudget(bytes.length, { where, code: 'model-file' }));
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch {
    return undefined;
  }
  if (model.graph === undefined || model.irVersion <= 0n) return undefined;
  const places = model.graph.initializer.flatMap(({ externalData }) => externalData);
  return {
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
    dataFiles: [...new Set(places.filter(({ key }) => key === 'location').map(({ value }) => value))],
  };
}
