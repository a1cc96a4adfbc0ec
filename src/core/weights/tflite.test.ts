import { describe, expect, it } from 'vitest';
import { buildTflite, sampleTflite } from '../../../tests/golden/weights/build-tflite.ts';
import { GraftError } from '../errors/graft-error.ts';
import { createRandom } from '../tensor/random.ts';
import { readTflite, type TfliteFile } from './tflite.ts';

const WHERE = 'weights "a.tflite"';

describe('readTflite', () => {
  it('reads float32, float16 and quantized weights, and no others', () => {
    const { tensors, format } = readTflite(sampleTflite(), WHERE);
    expect(format).toBe('tflite');
    expect([...tensors.keys()]).toEqual(['kernel', 'bias', 'depthwise', 'bytes']);
    expect(tensors.get('kernel')!.shape).toEqual([2, 1, 1, 2]);
    expect([...tensors.get('kernel')!.data]).toEqual([1, -2, 0.5, 2 ** -24]);
    expect([...tensors.get('bias')!.data]).toEqual([1.5, -2.5]);
    expect([...tensors.get('depthwise')!.data]).toEqual([0.5, 2, -1.5, 252]);
    expect([...tensors.get('bytes')!.data]).toEqual([0, -32, 31.75]);
  });

  it('reads the operators, with weights in place of their DEQUANTIZE', () => {
    expect(readTflite(sampleTflite(), WHERE).operators).toEqual([
      {
        op: 'CONV_2D',
        inputs: ['input', 'kernel', 'bias'],
        outputs: ['convolved'],
        window: { padding: 'same', strides: [2, 3] },
      },
      {
        op: 'DEPTHWISE_CONV_2D',
        inputs: ['convolved', 'depthwise', undefined],
        outputs: ['output'],
        window: { padding: 'valid', strides: [1, 1] },
      },
    ]);
  });

  it('reads from the middle of a Buffer', () => {
    const whole = Buffer.concat([Buffer.alloc(13), sampleTflite()]);
    expect([...readTflite(whole.subarray(13), WHERE).tensors.get('bias')!.data]).toEqual([1.5, -2.5]);
  });

  it('tells tensors of one name apart', () => {
    const data = new Uint8Array(4);
    const file = buildTflite([
      { name: 'a', shape: [1], type: 0, data },
      { name: 'a', shape: [1], type: 0, data },
    ]);
    expect([...readTflite(file, WHERE).tensors.keys()]).toEqual(['a', 'a#1']);
  });

  it.each([
    [
      'another kind of file',
      new Uint8Array(64),
      'weights "a.tflite": expected a file with the mark "TFL3" at byte 4, received a file without it. ' +
        'The file is damaged or of another kind: fetch it again.',
    ],
    [
      'an empty file',
      new Uint8Array(),
      'weights "a.tflite": expected a file with the mark "TFL3" at byte 4, received a file without it. ' +
        'The file is damaged or of another kind: fetch it again.',
    ],
    [
      'data of the wrong length',
      buildTflite([{ name: 'a', shape: [3], type: 0, data: new Uint8Array(8) }]),
      'weights "a.tflite": expected 12 bytes for "a" of shape [3], received 8. ' +
        'The file is damaged or of another kind: fetch it again.',
    ],
    [
      'scales that do not fit the axis',
      buildTflite([{ name: 'a', shape: [3], type: 9, data: new Uint8Array(3), scales: [1, 2] }]),
      'weights "a.tflite": expected 3 scales for "a", received 2. ' +
        'The file is damaged or of another kind: fetch it again.',
    ],
    [
      'a list that is too long',
      buildTflite([{ name: 'a', shape: new Array(65_537).fill(1), type: 0, data: new Uint8Array(4) }]),
      'weights "a.tflite": expected lists of at most 65536 elements, received one of 65537. ' +
        'The file is damaged or of another kind: fetch it again.',
    ],
    [
      'an operator on a tensor that is not there',
      buildTflite([{ name: 'a', shape: [1], type: 0 }], [{ code: 3, inputs: [7], outputs: [0] }]),
      'weights "a.tflite": expected tensors 0 to 0, received tensor 7. ' +
        'The file is damaged or of another kind: fetch it again.',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readTflite(bytes, WHERE)).toThrow(expect.objectContaining({ code: 'weights', message }));
  });

  it('refuses a truncated file wherever it ends', () => {
    const whole = sampleTflite();
    let refused = 0;
    for (let length = 0; length < whole.length; length++) {
      if (outcome(whole.slice(0, length)) === 'refused') refused++;
    }
    // The last bytes are the buffers, which come first only by their offsets; most cuts are noticed.
    expect(refused).toBeGreaterThan(whole.length * 0.9);
  });

  it('reads or refuses 300 damaged files, and nothing else happens', () => {
    const random = createRandom(1);
    const whole = sampleTflite();
    const outcomes = { read: 0, refused: 0 };
    for (let round = 0; round < 300; round++) {
      const damaged = whole.slice();
      const edits = 1 + random.integer(8);
      for (let edit = 0; edit < edits; edit++) {
        // Extreme bytes make large offsets and lengths.
        damaged[random.integer(damaged.length)] = [0, 0x7f, 0x80, 0xff, random.integer(256)][
          random.integer(5)
        ]!;
      }
      outcomes[outcome(damaged)]++;
    }
    expect(outcomes.read).toBeGreaterThan(20);
    expect(outcomes.refused).toBeGreaterThan(20);
  });
});

function outcome(bytes: Uint8Array): 'read' | 'refused' {
  let file: TfliteFile;
  try {
    file = readTflite(bytes, WHERE);
    for (const tensor of file.tensors.values()) expect(tensor.data).toBeInstanceOf(Float32Array);
    return 'read';
  } catch (error) {
    if (!(error instanceof GraftError)) throw error;
    expect(error.code).toBe('weights');
    return 'refused';
  }
}
