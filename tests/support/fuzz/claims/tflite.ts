/** @file TFLite files in which everything is one and the same: names, shapes, buffers, tables. */

import { Builder } from 'flatbuffers';
import type { Choices } from './choices.ts';

export function claimingTflite(choices: Choices, mostBytes: number): Uint8Array {
  const builder = new Builder(1024);
  const list = (bytesEach: 1 | 4 | 8, count: number, add: (index: number) => void): number => {
    builder.startVector(bytesEach, count, bytesEach);
    for (let i = 0; i < count; i++) add(i);
    return builder.endVector();
  };
  const table = (fields: number, add: () => void): number => {
    builder.startObject(fields);
    add();
    return builder.endObject();
  };
  /** The same table again and again, by offsets alone. */
  const repeated = (tables: readonly number[], count: number): number =>
    list(4, count, (index) => builder.addOffset(tables[index % tables.length]!));

  const part = mostBytes / 8;
  const data = choices.bytes(choices.scale(part));
  const buffer = table(1, () => builder.addFieldOffset(0, 0, 0));
  const bytes = builder.createByteVector(data);
  const full = table(1, () => builder.addFieldOffset(0, bytes, 0));
  const rank = choices.scale(choices.maybe() ? 6 : part / 4);
  const type = choices.one([0, 1, 2, 3, 7, 9]);
  const elements = Math.floor(data.length / ({ 0: 4, 1: 2, 2: 4, 7: 2 }[type] ?? 1));
  const shape = list(4, rank, (index) => {
    const lies = choices.below(8) === 0;
    builder.addInt32(lies ? choices.size() | 0 : index === 0 ? elements : 1);
  });
  const name = builder.createString('n'.repeat(choices.scale(part)));
  const scales = choices.scale(part / 4);
  const scale = list(4, scales, () => builder.addFloat32(0.5));
  const zero = list(8, choices.scale(part / 8), () => builder.addInt64(1n));
  const quantization = table(7, () => {
    builder.addFieldOffset(2, choices.maybe() ? scale : 0, 0);
    builder.addFieldOffset(3, zero, 0);
    builder.addFieldInt32(6, choices.below(3), 0);
  });
  const tensor = table(5, () => {
    builder.addFieldOffset(0, shape, 0);
    builder.addFieldInt8(1, type, 0);
    builder.addFieldInt32(2, 1, 0);
    builder.addFieldOffset(3, name, 0);
    builder.addFieldOffset(4, choices.maybe() ? quantization : 0, 0);
  });
  const computed = table(5, () => builder.addFieldInt8(1, 0, 0));
  const inputs = list(4, choices.scale(part / 4), () => builder.addInt32(0));
  const operator = table(5, () => {
    builder.addFieldOffset(1, inputs, 0);
    builder.addFieldOffset(2, inputs, 0);
  });
  const code = table(4, () => builder.addFieldInt8(0, choices.one([3, 4, 6, 9]), 0));
  const tensors = repeated([tensor, computed], choices.scale(part / 4));
  const operators = repeated([operator], choices.scale(part / 4));
  const subgraph = table(4, () => {
    builder.addFieldOffset(0, tensors, 0);
    builder.addFieldOffset(3, operators, 0);
  });
  const subgraphs = repeated([subgraph], choices.scale(part / 4));
  const codes = repeated([code], choices.scale(part / 4));
  const buffers = repeated([full, full, buffer], choices.scale(part / 4) + 1);
  const model = table(5, () => {
    builder.addFieldInt32(0, 3, 0);
    builder.addFieldOffset(1, codes, 0);
    builder.addFieldOffset(2, subgraphs, 0);
    builder.addFieldOffset(4, buffers, 0);
  });
  builder.finish(model, 'TFL3');
  return builder.asUint8Array();
}
