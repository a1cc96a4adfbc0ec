/**
 * @file A trained model exported to TensorFlow Lite, in float32 and in int8: size, accuracy, agreement, and time of an image, by
 * TensorFlow Lite's own interpreter.
 *
 *     GRAFT_ORACLE_PYTHON=python npx tsx bench/tflite.ts RUN/model.onnx TRAINING_IMAGES TEST_IMAGES
 */

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageFormOf } from '../src/artifacts/image-form.ts';
import { createSession } from '../src/core/runtime/create-session.ts';
import { tensor } from '../src/core/tensor/tensor.ts';
import { exportModelFile } from '../src/node/export/export-model-file.ts';
import { readModelFile } from '../src/node/files/model-file.ts';
import { decodeImage } from '../src/node/images/image-decoder.ts';
import { askTflite } from '../tests/support/tflite-interpreter.ts';

const BATCH = 16;

const [path, training, test] = process.argv.slice(2) as [string, string, string];
const file = await readModelFile(path);
const form = imageFormOf(file.info);
const { classNames } = file.info;

const labels: number[] = [];
const batches: Uint8Array[][] = [];
for (const [label, name] of classNames.entries()) {
  for (const image of (await readdir(join(test, name))).toSorted()) {
    if (labels.length % BATCH === 0) batches.push([]);
    batches.at(-1)!.push(await decodeImage(join(test, name, image), form));
    labels.push(label);
  }
}
const inputs = batches.map((images) =>
  tensor('uint8', [images.length, form.height, form.width, 3], Uint8Array.from(Buffer.concat(images))),
);

const session = await createSession(file.bytes);
const onnx: number[][] = [];
for (const image of inputs) {
  const { data, shape } = (await session.run({ image }))['probabilities']!;
  onnx.push(...rowsOf([...(data as Float32Array)], shape.at(-1)!));
}
await session.dispose();

const folder = await mkdtemp(join(tmpdir(), 'graft-tflite-'));
try {
  report('model.onnx', file.bytes.length, onnx);
  for (const quantize of [undefined, training]) {
    const out = join(folder, quantize === undefined ? 'float32' : 'int8');
    await exportModelFile(path, { format: 'tflite', out, ...(quantize === undefined ? {} : { quantize }) });
    const model = join(out, 'model.tflite');
    const answers = await askTflite(inputs.map((input) => ({ path: model, inputs: [input] })));
    const rows = answers.flatMap(({ outputs: [output] }) => rowsOf([...output!.data], classNames.length));
    report(`tflite, ${answers[0]!.inputTypes[0]} in`, (await stat(model)).size, rows);
  }
} finally {
  await rm(folder, { recursive: true });
}

function rowsOf(values: readonly number[], width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) => {
    const own = values.slice(row * width, (row + 1) * width);
    return width === 1 ? [1 - own[0]!, own[0]!] : own;
  });
}

function report(title: string, bytes: number, rows: readonly number[][]): void {
  const best = rows.map((row) => row.indexOf(Math.max(...row)));
  const count = (isRight: (label: number, index: number) => boolean): string =>
    `${best.filter(isRight).length} of ${labels.length}`;
  const right = count((label, index) => label === labels[index]);
  const agreed = count((label, index) => label === onnx[index]!.indexOf(Math.max(...onnx[index]!)));
  const differences = rows.flatMap((row, index) =>
    row.map((value, each) => Math.abs(value - onnx[index]![each]!)),
  );
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  console.log(
    `${title}: ${(bytes / 1e6).toFixed(2)} MB, right ${right}, as model.onnx ${agreed}, ` +
      `probabilities off by ${mean.toPrecision(2)} on average, ${Math.max(...differences).toPrecision(2)} at most`,
  );
}
