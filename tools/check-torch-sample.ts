/**
 * @file Compares the features of docs/coming-from-pytorch.md with PyTorch's, from what tools/oracle/torch_sample.py wrote:
 *
 *     npx tsx tools/check-torch-sample.ts FOLDER
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelGraph } from '../src/core/layers/lower-model.ts';
import { evaluateGraph } from '../src/core/runtime/create-session.ts';
import { tensor, transpose } from '../src/core/tensor/tensor.ts';
import { loadGraphBackbone } from '../src/node/backbones/onnx-file.ts';

/** Behind NumPy's mark and version. */
const HEADER_LENGTH_AT = 8;
const TOLERANCE = 1e-5;

async function main(): Promise<void> {
  const folder = process.argv[2] ?? '.';
  const images = tensor('float32', [2, 3, 224, 224], readNpy(join(folder, 'x.npy')));
  const wanted = tensor('float32', [2, 512, 7, 7], readNpy(join(folder, 'features.npy')));
  const [pixels, features] = [images, wanted].map((each) => transpose(each, [0, 2, 3, 1]));
  for (const name of ['resnet18.onnx', 'resnet18-legacy.onnx']) {
    const { model, cut } = await loadGraphBackbone(join(folder, name));
    const graph = modelGraph(model);
    const outputs = await evaluateGraph(graph, { [graph.inputs[0]!.name]: pixels! });
    const given = outputs[graph.outputs[0]!.name]!.data as Float32Array;
    const off = given.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - Number(features!.data[i]))),
      0,
    );
    console.log(`${name}, cut at ${cut}: off by ${off.toExponential(1)} at most`);
    if (!(off < TOLERANCE)) process.exitCode = 1;
  }
}

function readNpy(path: string): Float32Array {
  const bytes = readFileSync(path);
  const start = HEADER_LENGTH_AT + 2 + bytes.readUInt16LE(HEADER_LENGTH_AT);
  return new Float32Array(new Uint8Array(bytes.subarray(start)).buffer);
}

void main();
