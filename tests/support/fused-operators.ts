/** @file What ONNX Runtime makes of a graph. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { InferenceSession } from 'onnxruntime-node';
import { ModelProtoSchema } from '../../src/core/onnx/onnx_pb.ts';

/** Every operator that ONNX Runtime runs of a model, in its order. */
export async function fusedOperators(
  model: Uint8Array,
  settings: InferenceSession.SessionOptions = { graphOptimizationLevel: 'all' },
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'graft-fusion-'));
  try {
    const file = join(folder, 'fused.onnx');
    const session = await InferenceSession.create(model, {
      ...settings,
      optimizedModelFilePath: file,
      // 4: nothing but fatal errors. The file is for this kind of processor alone, it warns.
      logSeverityLevel: 4,
    });
    await session.release();
    const nodes = fromBinary(ModelProtoSchema, readFileSync(file)).graph?.node ?? [];
    return nodes.map(({ opType }) => opType);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
