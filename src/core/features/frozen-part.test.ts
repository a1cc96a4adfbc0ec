import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { emptyHashes, HASH_BYTES } from '../examples/content-hashes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { calibrationGraph } from '../graph/quantize/calibration-graph.ts';
import { QUANTIZATION_VERSION, quantizeGraph } from '../graph/quantize/quantize-graph.ts';
import { createRandom } from '../tensor/random.ts';
import { floats } from '../tensor/tensor.ts';
import { frozenIdentity } from './frozen-identity.ts';
import { calibrationIdentity, calibrationPositions } from './frozen-part.ts';

function hashed(images: number) {
  const hashes = emptyHashes(images);
  for (let i = 0; i < images; i++) hashes.hashes.fill(i + 1, i * HASH_BYTES, (i + 1) * HASH_BYTES);
  return hashes;
}

describe('calibrationPositions', () => {
  it('are all of few images, and of many 64 spread evenly', () => {
    expect(calibrationPositions(3)).toEqual([0, 1, 2]);
    const chosen = calibrationPositions(1000);
    expect(chosen).toHaveLength(64);
    expect([chosen[0], chosen[1], chosen[63]]).toEqual([0, 15, 984]);
  });
});

describe('calibrationIdentity', () => {
  it('is another one for other images to calibrate on, and for no others', () => {
    const known = calibrationIdentity(hashed(130), 130);
    const other = (image: number) => {
      const hashes = hashed(130);
      hashes.hashes.fill(255, image * HASH_BYTES, (image + 1) * HASH_BYTES);
      return calibrationIdentity(hashes, 130);
    };
    expect(calibrationPositions(130)).toContain(2);
    expect(calibrationPositions(130)).not.toContain(1);
    expect(other(2)).not.toBe(known);
    expect(other(1)).toBe(known);
  });

  it('is another one for another way of quantizing', () => {
    const hash = createHash('sha256').update(`quantization ${QUANTIZATION_VERSION}`);
    expect(calibrationIdentity(hashed(5), 5)).toBe(hash.update(hashed(5).hashes).digest('hex'));
  });
});

describe('QUANTIZATION_VERSION', () => {
  // Where this fails, the same ranges give another graph: raise the version, so that features of the one before are not
  // taken for those of this one, and write the new hash down.
  it('stands for one way of quantizing', () => {
    const random = createRandom(4);
    const numbers = (...shape: number[]) =>
      floats(
        shape,
        Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform() - 0.5),
      );
    const builder = new GraphBuilder('net');
    const image = builder.input('image', 'uint8', ['N', 3, 8, 8]);
    const cast = builder.op('Cast', [image], { to: 'float32' });
    const scaled = builder.op('Mul', [cast, builder.scalar(1 / 127.5)]);
    const x = builder.op('Add', [scaled, builder.scalar(-1)]);
    const conv = (from: typeof x, name: string, channels: number, group = 1) => {
      const kernel = builder.constant(numbers(4, channels, 3, 3), `${name}/kernel`);
      const bias = builder.constant(numbers(4), `${name}/bias`);
      return builder.op('Conv', [from, kernel, bias], { pads: [1, 1, 1, 1], group }, { name });
    };
    const first = builder.op('Relu', [conv(x, 'first', 3)]);
    const wide = conv(first, 'wide', 1, 4);
    const sum = builder.op('Add', [wide, first]);
    builder.output(conv(builder.op('MaxPool', [sum], { kernel_shape: [2, 2] }), 'last', 4), 'features');
    const graph = builder.build();
    const { observed } = calibrationGraph(graph);
    const ranges = observed.map(({ value, means }, index) => {
      const ofChannels = Float64Array.of(0.25, -0.5, 0.125, 1);
      return [
        value,
        { min: -1 - index, max: 4 + index, means: means === undefined ? undefined : ofChannels },
      ] as const;
    });
    const int8Model = quantizeGraph(graph, new Map(ranges));
    expect([QUANTIZATION_VERSION, frozenIdentity(int8Model)]).toEqual([
      2,
      '677d4a3e20321b22624950fa4793b64ecbaf9dc56d1a7166962c8d626421161e',
    ]);
  });
});
