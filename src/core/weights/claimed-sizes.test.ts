/** ONNX files of a few bytes that ask for gigabytes: what each is told, before anything of it is taken. */

import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import {
  type GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation,
} from '../../core/onnx/onnx_pb.ts';
import { loadGraphBackbone } from '../../node/backbones/onnx-file.ts';

type GraphInit = MessageInitShape<typeof GraphProtoSchema>;

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
  path = join(folder, 'net.onnx');
});
afterAll(() => rm(folder, { recursive: true }));

const [FLOAT, INT64] = [1, 7];
const FILLS = 'The file is damaged, or made to fill the memory: fetch it again.';

const image = (...shape: number[]) => ({
  name: 'image',
  type: {
    value: {
      case: 'tensorType' as const,
      value: {
        elemType: FLOAT,
        shape: { dim: shape.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })) },
      },
    },
  },
});
const ints = (name: string, ...values: number[]) => ({
  name,
  dataType: INT64,
  dims: [BigInt(values.length)],
  int64Data: values.map(BigInt),
});
const node = (opType: string, input: string[], output: string, axis?: number) => ({
  opType,
  name: output,
  input,
  output: [output],
  attribute: axis === undefined ? [] : [{ name: 'axis', type: 2, i: BigInt(axis) }],
});

async function load(graph: GraphInit, shape = [1, 3, 32, 32]) {
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 18n }],
    graph: { input: [image(...shape)], ...graph },
  });
  await writeFile(path, toBinary(ModelProtoSchema, model));
  return loadGraphBackbone(path);
}

describe('a network that computes constants', () => {
  const start = { name: 'start', dataType: FLOAT, dims: [1n], floatData: [1] };
  const last = node('Mul', ['image', 'sum'], 'last');
  const output = [{ name: 'last' }];

  it.each([
    [
      'ConstantOfShape',
      [node('ConstantOfShape', ['size'], 'big')],
      '184 bytes',
      '4.3 GB with what is computed as "big"',
    ],
    [
      'Expand',
      [node('Expand', ['start', 'size'], 'big')],
      '182 bytes',
      '4.3 GB with what is computed as "big"',
    ],
    [
      'a chain that doubles',
      Array.from({ length: 30 }, (_, i) => {
        const from = i === 0 ? 'start' : `k${i - 1}`;
        return node('Concat', [from, from], i === 29 ? 'big' : `k${i}`, 0);
      }),
      '1.4 KB',
      '33.7 MB with what is computed as "k21"',
    ],
  ])('%s', async (_, nodes, fileSize, received) => {
    const sum = node('ReduceSum', ['big'], 'sum');
    const initializer = [start, ints('size', 2 ** 30)];
    await expect(load({ node: [...nodes, sum, last], initializer, output })).rejects.toThrow(
      expect.objectContaining({
        code: 'model-file',
        message: `model "net.onnx": expected at most 33.6 MB in a file of ${fileSize}, received ${received}. ${FILLS}`,
      }),
    );
  });

  it('is read where they are what any file may have', async () => {
    const nodes = [node('ConstantOfShape', ['size'], 'big'), node('ReduceSum', ['big'], 'sum'), last];
    const { cut } = await load({ node: nodes, initializer: [ints('size', 2 ** 22)], output });
    expect(cut).toBe('last');
  });
});

describe('a network whose values are large', () => {
  it('is held against the size of its image', async () => {
    const nodes = [node('Expand', ['image', 'size'], 'last')];
    const loading = load({
      node: nodes,
      initializer: [ints('size', 2 ** 20, 3, 32, 32)],
      output: [{ name: 'last' }],
    });
    await expect(loading).rejects.toThrow(
      withMessage(
        'model "net.onnx": expected values of at most 79.7 MB for an image of this size, received 12.9 GB with "last". ' +
          'Cut the network before this value, or use smaller images.',
      ),
    );
  });

  it('is refused for images that nothing decodes', async () => {
    const relu = { node: [node('Relu', ['image'], 'last')], output: [{ name: 'last' }] };
    await expect(load(relu, [1, 3, 100_000, 100_000])).rejects.toThrow(
      withMessage(
        'model "net.onnx": expected images of at most 268402689 pixels, received 100000 x 100000. ' +
          'Export the network for smaller images.',
      ),
    );
  });
});

describe('a file of lists', () => {
  it('of nothing, 300,000 times', async () => {
    await expect(load({ node: new Array<object>(300_000).fill({}) })).rejects.toThrow(
      withMessage(
        `model "net.onnx": expected at most 52.8 MB in a file of 600.0 KB, received 52.8 MB with its structure. ${FILLS}`,
      ),
    );
  });

  it('in lists in lists', async () => {
    let bytes = new Uint8Array();
    for (let i = 0; i < 60; i++) {
      const writer = new BinaryWriter();
      // A graph, its node, the node's attribute, and the graph in that.
      for (const field of [6, 5, 1]) {
        bytes = writer.tag(field, WireType.LengthDelimited).bytes(bytes).finish();
      }
    }
    const model = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(bytes).finish();
    await writeFile(path, model);
    await expect(loadGraphBackbone(path)).rejects.toThrow(
      withMessage(
        `model "net.onnx": expected at most 33.6 MB in a file of 479 bytes, received messages that are nested more than 100 deep. ${FILLS}`,
      ),
    );
  });

  it('of more axes than any tensor has', async () => {
    const tensor = { name: 'x', dataType: FLOAT, dims: new Array<bigint>(65).fill(1n), floatData: [1] };
    await expect(load({ initializer: [tensor] })).rejects.toThrow(
      withMessage('model "net.onnx": expected at most 64 axes, received 65 of "x". The file is damaged.'),
    );
  });
});

describe('numbers in a file beside', () => {
  const external = (place: Record<string, string>, count = 1, length = 1) => ({
    initializer: Array.from({ length: count }, (_, i) => ({
      name: `t${i}`,
      dataType: 2,
      dims: [BigInt(length)],
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries(place).map(([key, value]) => ({ key, value })),
    })),
  });

  it.each([
    [{ location: '.' }, 'external data beside the model, received ".". Save the model as a single file.'],
    [
      { location: 'a\0b' },
      'external data beside the model, received "a\\u0000b". Save the model as a single file.',
    ],
    [
      { location: 'net.data', offset: '0.5', length: '1' },
      'a part of "net.data" in whole bytes, received offset 0.5 and length 1. The file is damaged: fetch it again.',
    ],
  ])('%j', async (place, complaint) => {
    await writeFile(join(folder, 'net.data'), new Uint8Array(8));
    await expect(load(external(place))).rejects.toThrow(
      withMessage(`model "net.onnx": expected ${complaint}`),
    );
  });

  it('are the same part a thousand times, or of a file that was never written', async () => {
    await writeFile(join(folder, 'net.data'), new Uint8Array(1_000_000));
    const part = { location: 'net.data', length: '1000000' };
    await expect(load(external(part, 1000, 1_000_000))).rejects.toThrow(
      expect.objectContaining({
        code: 'model-file',
        message: expect.stringMatching(
          new RegExp(
            `^model "net.onnx": expected at most \\d+\\.\\d MB in a file of 1\\.\\d MB, received \\d+\\.\\d MB with (constant "t\\d+"|numbers from "net.data")\\. ${FILLS}$`,
          ),
        ),
      }),
    );
    await truncate(join(folder, 'net.data'), 2e12);
    const whole = { location: 'net.data', length: '2000000000000' };
    await expect(load(external(whole, 1, 2e12))).rejects.toThrow(
      expect.objectContaining({
        code: 'model-file',
        message: expect.stringMatching(
          new RegExp(
            `^model "net.onnx": expected at most \\d+\\.\\d MB in a file of 1\\.\\d MB, received 2\\.0 TB with numbers from "net.data"\\. ${FILLS}$`,
          ),
        ),
      }),
    );
  });
});
