/** @file What is in a file of weights, as lines of text. */

import { visible } from '../../core/errors/visible-text.ts';
import { computeSize } from '../../core/tensor/tensor.ts';
import type { WeightFile } from '../../core/weights/weight-file.ts';
import { titleOfFormat } from '../../core/weights/weight-formats.ts';

/** Longer names move their line's other columns. */
const LONGEST_NAME = 64;

/**
 * Lists the tensors of a file: name, shape, number of elements; then the sums. Quantized numbers are float32 here, as
 * they are once they are read.
 */
export function describeWeights(file: WeightFile): string {
  const rows = [...file.tensors.keys()].map((name) => {
    const { shape, dtype } = file.tensors.get(name)!;
    return { name: visible(name), shape: `[${shape.join(', ')}]`, dtype, count: computeSize(shape) };
  });
  const width = (of: (row: (typeof rows)[number]) => string, min: number) =>
    rows.reduce((widest, row) => Math.max(widest, of(row).length), min);
  // The names of converted files are joined from many, and longer than a line.
  const [names, shapes] = [
    Math.min(
      width((row) => row.name, 6),
      LONGEST_NAME,
    ),
    width((row) => row.shape, 5),
  ];
  const counts = width((row) => grouped(row.count), 10);
  const line = (name: string, shape: string, dtype: string, count: string): string =>
    `${name.padEnd(names)}  ${shape.padEnd(shapes)}  ${dtype.padEnd(7)}  ${count.padStart(counts)}`;
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const layers = file.layers?.filter((layer) => layer.weights.length > 0).length;
  return [
    `${visible(file.where)}: ${titleOfFormat(file.format)}`,
    '',
    line('Tensor', 'Shape', 'Type', 'Parameters'),
    ...rows.map(({ name, shape, dtype, count }) => line(name, shape, dtype, grouped(count))),
    '',
    `${rows.length} tensors${layers === undefined ? '' : ` of ${layers} layers`}, ${grouped(total)} parameters`,
  ].join('\n');
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
