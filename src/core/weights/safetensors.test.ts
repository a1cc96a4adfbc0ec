import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { floats, tensor } from '../tensor/tensor.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

const WHERE = 'weights "a.safetensors"';
const DAMAGED = 'The file is damaged or of another kind: fetch it again.';

/** A file with this header, and so many bytes of zeros. */
function file(header: unknown, bytes: number, claimed?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const whole = new Uint8Array(8 + text.length + bytes);
  new DataView(whole.buffer).setBigUint64(0, BigInt(claimed ?? text.length), true);
  whole.set(text, 8);
  return whole;
}

describe('readSafetensors', () => {
  it('reads what the format’s own library wrote', () => {
    const { tensors, layers } = readSafetensors(
      readFileSync('tests/golden/weights/torch.safetensors'),
      WHERE,
    );
    const listed = Object.fromEntries(
      [...tensors].map(([key, { shape, data }]) => [key, { shape, data: [...data] }]),
    );
    expect(listed).toEqual({
      'block.0.conv.weight': {
        shape: [2, 3, 1, 2],
        data: [...Array(12).keys()].map((i) => Math.fround(i / 3)),
      },
      // 0.1 in half precision; the largest half.
      'block.0.conv.bias': { shape: [2], data: [0.0999755859375, -65504] },
      // 1/3 and -1e30 with eight bits of fraction.
      'block.1.weight': { shape: [3], data: [0.333984375, -1.578125 * 2 ** 99, 0] },
      scale: { shape: [], data: [Math.fround(0.1)] },
    });
    expect(
      layers!
        .find(({ name }) => name === 'block.0.conv')!
        .weights.map(({ name }) => name)
        .sort(),
    ).toEqual(['bias', 'weight']);
  });

  it.each([
    [new Uint8Array(5), 'a safetensors file, received 5 bytes'],
    [file({}, 0, 3), 'a header of at most 2 bytes, received one of 3'],
    [file({}, 0, 2 ** 60), 'a header of at most 2 bytes, received one of 1152921504606847000'],
    [file('{"a"', 0), 'a header in JSON, received something else'],
    [file([], 0), 'a header that lists tensors, received something else'],
    [
      file({ a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4),
      'dtype, shape and data_offsets of "a", received others',
    ],
    [
      file({ a: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 20] } }, 24),
      '24 bytes for "a" of shape [2, 3], received 20',
    ],
    [
      file({ a: { dtype: 'F16', shape: [1000], data_offsets: [0, 2000] } }, 24),
      '2000 bytes for "a" of shape [1000], received 24',
    ],
    [
      file(
        {
          a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
          none: { dtype: 'F32', shape: [0], data_offsets: [4, 4] },
          b: { dtype: 'I8', shape: [8], data_offsets: [4, 12] },
        },
        12,
      ),
      'every number in one tensor, received "b" over "a"',
    ],
  ])('refuses a damaged file %#', (bytes, complaint) => {
    expect(() => readSafetensors(bytes, WHERE)).toThrow(
      withMessage(`${WHERE}: expected ${complaint}. ${DAMAGED}`),
    );
  });
});

describe('writeSafetensors', () => {
  const tensors = new Map([
    ['conv/kernel', floats([2, 2], [1, -0.1, 3e-5, 65504])],
    ['conv/bias', floats([], [1 / 3])],
  ]);

  it.each([
    ['float32', [1, Math.fround(-0.1), Math.fround(3e-5), 65504]],
    // The nearest halves.
    ['float16', [1, -0.0999755859375, 2.9981136322021484e-5, 65504]],
    // The nearest numbers of eight bits.
    ['bfloat16', [1, -0.10009765625, 3.0040740966796875e-5, 65536]],
  ] as const)('writes what is read again, as %s', (dtype, numbers) => {
    const read = readSafetensors(writeSafetensors(tensors, { dtype, metadata: { by: 'graft' } }), WHERE);
    expect([...read.tensors.keys()]).toEqual(['conv/kernel', 'conv/bias']);
    expect(read.tensors.get('conv/kernel')!.shape).toEqual([2, 2]);
    expect([...read.tensors.get('conv/kernel')!.data]).toEqual(numbers);
    expect(read.tensors.get('conv/bias')!.shape).toEqual([]);
  });

  it('lets numbers begin where machines like them to', () => {
    const bytes = writeSafetensors(new Map([['x', floats([1], [1])]]));
    expect((bytes.length - 4) % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 24))).toBe('{"x":{"dtype":"F');
  });

  it('keeps the name of the metadata', () => {
    expect(() => writeSafetensors(new Map([['__metadata__', floats([], [1])]]))).toThrow(
      withMessage(
        'safetensors: expected names of tensors, received "__metadata__", which the format keeps for itself. ' +
          'Give the tensor another name.',
      ),
    );
  });

  it('stores a tensor in float16 where that loses nothing, and reads what stands beside the tensors', () => {
    const exact = tensor('float32', [3], Float32Array.of(1, -0, 65504));
    const finer = tensor('float32', [2], Float32Array.of(0.1, 1));
    const bytes = writeSafetensors(
      new Map([
        ['exact', exact],
        ['finer', finer],
      ]),
      { dtype: 'exact', metadata: { network: 'small' } },
    );
    const { tensors, metadata } = readSafetensors(bytes, 'weights');
    expect(metadata).toEqual({ network: 'small' });
    expect([...tensors.get('exact')!.data]).toEqual([1, -0, 65504]);
    expect([...tensors.get('finer')!.data]).toEqual([...finer.data]);
    const header = new TextDecoder().decode(bytes.subarray(8, bytes.length - 14));
    expect(Object.values(JSON.parse(header)).map((entry) => (entry as { dtype?: string }).dtype)).toEqual([
      undefined,
      'F16',
      'F32',
    ]);
  });
});
