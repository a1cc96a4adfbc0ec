import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { DType } from '../tensor/dtype.ts';
import { typedArrayFor } from '../tensor/dtype.ts';
import { computeSize, floats, type Tensor, tensor } from '../tensor/tensor.ts';
import { decodeModel } from './decoder.ts';
import { encodeModel } from './encoder.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  type ModelProto,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from './onnx_pb.ts';

/** One operator of every attribute kind, an absent optional input, several outputs. */
function everything(): Graph {
  const builder = new GraphBuilder('everything');
  const x = builder.input('x', 'float32', ['N', 2, 6, 6]);
  const w = builder.constant(floats([4, 1, 3, 3], new Array(36).fill(0.5)), 'w');
  const conv = builder.op(
    'Conv',
    [x, w],
    { group: 2, pads: [1, 1, 1, 1], strides: [1, 1] },
    { name: 'conv' },
  );
  const relu6 = builder.op('Clip', [conv, undefined, builder.scalar(6)]);
  const [pooled, indices] = builder.ops('MaxPool', [relu6], { kernel_shape: [2, 2] }, { outputs: 2 });
  const padded = builder.op('Pad', [pooled!, builder.integers([0, 0, 1, 1, 0, 0, 1, 1])], {
    mode: 'reflect',
  });
  const leaky = builder.op('LeakyRelu', [padded], { alpha: 0.25 });
  const half = builder.op('Cast', [leaky], { to: 'float16' });
  const filled = builder.op('ConstantOfShape', [builder.op('Shape', [x])], { value: 3, dtype: 'int64' });
  builder.output(half, 'half');
  builder.output(indices!, 'indices');
  builder.output(filled);
  return builder.build();
}

/** Lets a test change a file's inside. */
function edited(graph: Graph, edit: (model: ModelProto) => void): Uint8Array {
  const model = fromBinary(ModelProtoSchema, encodeModel(graph));
  edit(model);
  return toBinary(ModelProtoSchema, model);
}

function simple(): Graph {
  const builder = new GraphBuilder('simple');
  const x = builder.input('x', 'float32', ['N', 2]);
  builder.output(builder.op('Mul', [x, builder.constant(floats([2], [2, 3]), 'c')], {}, { name: 'y' }));
  return builder.build();
}

describe('encodeModel and decodeModel', () => {
  it('give the same graph back', () => {
    const graph = everything();
    expect(decodeModel(encodeModel(graph)).graph).toEqual(graph);
  });

  it('give the same bytes for the same graph', () => {
    expect(encodeModel(everything())).toEqual(encodeModel(everything()));
  });

  it('carry metadata and the producer', () => {
    const metadata = { labels: '["cat","dög"]', 'graft.version': '1' };
    const decoded = decodeModel(encodeModel(simple(), { metadata, producerVersion: '0.1.0' }));
    expect(decoded.metadata).toEqual(metadata);
    expect([decoded.producerName, decoded.producerVersion]).toEqual(['graft', '0.1.0']);
  });

  it('write IR version 8 and opset 18', () => {
    const model = fromBinary(ModelProtoSchema, encodeModel(simple()));
    expect(model.irVersion).toBe(8n);
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 18n]]);
  });

  it('give any chain of operators and any constant back', () => {
    const dtypes: DType[] = ['float32', 'float64', 'float16', 'uint8', 'int8', 'int32', 'int64', 'bool'];
    const constant = fc
      .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(3), { maxLength: 3 }), fc.nat(255))
      .map(([dtype, shape, seed]): Tensor => {
        const data = new (typedArrayFor(dtype))(computeSize(shape)) as Float64Array;
        const number = (i: number) => (dtype === 'bool' ? i % 2 : (seed + i) % 128);
        const big = dtype === 'int64';
        for (const i of data.keys()) data[i] = (big ? BigInt(number(i)) : number(i)) as number;
        return tensor(dtype, shape, data as never);
      });
    const links: readonly ((builder: GraphBuilder, x: Value) => Value)[] = [
      (builder, x) => builder.op('Relu', [x]),
      (builder, x) => builder.op('Elu', [x], { alpha: 0.5 }),
      (builder, x) => builder.op('Concat', [x, x], { axis: 1 }),
      (builder, x) => builder.op('Softmax', [x], { axis: -1 }),
      (builder, x) => builder.op('Reshape', [x, builder.integers([0, -1])]),
      (builder, x) => builder.op('Reshape', [x, builder.op('Shape', [x])]),
      (builder, x) => builder.op('Gemm', [x, x], { transB: 1, alpha: 0.5 }),
    ];
    fc.assert(
      fc.property(fc.array(constant), fc.array(fc.nat(links.length - 1)), (constants, chosen) => {
        const builder = new GraphBuilder('chain');
        let x = builder.input('x', 'float32', ['N', 3]);
        for (const value of constants) builder.output(builder.constant(value));
        for (const index of chosen) x = links[index]!(builder, x);
        builder.output(x, 'y');
        const graph = builder.build();
        expect(decodeModel(encodeModel(graph)).graph).toEqual(graph);
      }),
    );
  });
});

describe('decodeModel', () => {
  const damaged = (length: number) =>
    `model: expected an ONNX model, received ${length} bytes that are none, or only a part of one. ` +
    'Check that the file is an .onnx file and was written to its end.';

  it('refuses bytes that are no model', () => {
    expect(() => decodeModel(new Uint8Array(0))).toThrow(damaged(0));
    expect(() => decodeModel(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a))).toThrow(
      damaged(8),
    );
  });

  it('refuses every truncated model with a GraftError, or reads a whole one', () => {
    const bytes = encodeModel(everything());
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeModel(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ name: 'GraftError', code: 'model-file' }),
      );
    }
  });

  it('meets damage with nothing but a GraftError', () => {
    const bytes = encodeModel(everything());
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (place, byte) => {
        const copy = bytes.slice();
        copy[place] = byte;
        try {
          decodeModel(copy);
        } catch (error) {
          expect(error).toMatchObject({ name: 'GraftError', code: 'model-file' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('names an operator that it does not have', () => {
    const bytes = edited(simple(), (model) => {
      model.graph!.node[0]!.opType = 'Det';
    });
    expect(() => decodeModel(bytes)).toThrow(
      withMessage(
        'node "y": expected an operator that Graft has, received "Det". ' +
          'Export the model without this operator, or cut it before this node.',
      ),
    );
    const foreign = edited(simple(), (model) => {
      model.graph!.node[0]!.domain = 'com.microsoft';
    });
    expect(() => decodeModel(foreign)).toThrow(
      withMessage(
        'node "y": expected an operator that Graft has, received "com.microsoft.Mul". ' +
          'Export the model without this operator, or cut it before this node.',
      ),
    );
  });

  it('refuses an opset that it does not know', () => {
    const bytes = edited(simple(), (model) => {
      model.opsetImport[0]!.version = 6n;
    });
    expect(() => decodeModel(bytes)).toThrow(
      withMessage('model: expected ONNX opset 7 to 22, received opset 6. Export the model with opset 18.'),
    );
  });

  it('refuses a shape that does not fit, as a fault of the file', () => {
    const bytes = edited(simple(), (model) => {
      model.graph!.initializer[0]!.dims = [1n, 2n, 1n];
    });
    expect(() =>
      decodeModel(
        edited(simple(), (model) => {
          model.graph!.initializer[0]!.dims = [3n];
        }),
      ),
    ).toThrow(
      withMessage('initializer "c": expected 3 numbers for shape [3], received 2. The file is damaged.'),
    );
    expect(decodeModel(bytes).graph.outputs[0]!.shape).toEqual([1, 2, 2]);
  });

  it('refuses what is used before it is made', () => {
    const bytes = edited(simple(), (model) => {
      model.graph!.node[0]!.input[0] = 'later';
    });
    expect(() => decodeModel(bytes)).toThrow(
      withMessage(
        'Mul "y": expected a value that was computed before, received "later". The file is damaged.',
      ),
    );
  });

  it('refuses external data and foreign element types', () => {
    const external = edited(simple(), (model) => {
      model.graph!.initializer[0]!.dataLocation = TensorProto_DataLocation.EXTERNAL;
    });
    expect(() => decodeModel(external)).toThrow(
      withMessage(
        'initializer "c": expected numbers inside the model file, received external data. ' +
          'Save the model as a single file.',
      ),
    );
    const foreign = edited(simple(), (model) => {
      model.graph!.initializer[0]!.dataType = TensorProto_DataType.BFLOAT16;
    });
    expect(() => decodeModel(foreign)).toThrow(
      withMessage(
        'initializer "c": expected an element type among float, double, float16, uint8, int8, int32, int64, bool, ' +
          'received BFLOAT16. Convert the model to one of these.',
      ),
    );
  });

  it('reads numbers from typed fields', () => {
    const cases: [TensorProto_DataType, object, Tensor][] = [
      [TensorProto_DataType.FLOAT, { floatData: [1.5, 2] }, floats([2], [1.5, 2])],
      [
        TensorProto_DataType.DOUBLE,
        { doubleData: [0.1, 2] },
        tensor('float64', [2], Float64Array.of(0.1, 2)),
      ],
      [TensorProto_DataType.INT64, { int64Data: [1n, -2n] }, tensor('int64', [2], BigInt64Array.of(1n, -2n))],
      [TensorProto_DataType.INT32, { int32Data: [1, -2] }, tensor('int32', [2], Int32Array.of(1, -2))],
      [TensorProto_DataType.INT8, { int32Data: [1, -2] }, tensor('int8', [2], Int8Array.of(1, -2))],
      [TensorProto_DataType.BOOL, { int32Data: [1, 0] }, tensor('bool', [2], Uint8Array.of(1, 0))],
      [
        TensorProto_DataType.FLOAT16,
        { int32Data: [0x3c00, 0] },
        tensor('float16', [2], Uint16Array.of(0x3c00, 0)),
      ],
    ];
    for (const [dataType, fields, expected] of cases) {
      const bytes = edited(simple(), (model) => {
        Object.assign(model.graph!.initializer[0]!, { rawData: new Uint8Array(0), dataType, ...fields });
        // Only the constant is read: it need not fit the multiplication.
        model.graph!.node = [];
        model.graph!.output = model.graph!.output.map((output) => ({ ...output, name: 'c' }));
      });
      expect(decodeModel(bytes).graph.constants.get('c')).toEqual(expected);
    }
  });

  it('turns Constant nodes into constants, and lets initializers stand among the inputs', () => {
    const bytes = edited(simple(), (model) => {
      const graph = model.graph!;
      const constant = { name: 'value_floats', type: AttributeType.FLOATS, floats: [2, 3] };
      graph.node.unshift({
        ...graph.node[0]!,
        opType: 'Constant',
        name: '',
        input: [],
        output: ['c'],
        attribute: [],
      });
      graph.node[0]!.attribute.push(Object.assign(attribute(), constant));
      graph.initializer = [];
    });
    expect(decodeModel(bytes).graph).toEqual(simple());
    const old = edited(simple(), (model) => {
      model.graph!.input.push({ ...model.graph!.input[0]!, name: 'c' });
    });
    expect(decodeModel(old).graph).toEqual(simple());
  });

  it('works auto_pad out, and takes axes of old reductions', () => {
    const builder = new GraphBuilder('old');
    const x = builder.input('x', 'float32', ['N', 1, 5, 5]);
    const kernel = builder.constant(floats([1, 1, 3, 3], new Array(9).fill(1)), 'w');
    const conv = builder.op('Conv', [x, kernel], { strides: [2, 2] });
    builder.output(builder.op('ReduceMean', [conv], { keepdims: 0 }));
    const bytes = edited(builder.build(), (model) => {
      model.opsetImport[0]!.version = 13n;
      const [first, second] = model.graph!.node;
      const same = new TextEncoder().encode('SAME_UPPER');
      first!.attribute.push(
        Object.assign(attribute(), { name: 'auto_pad', type: AttributeType.STRING, s: same }),
      );
      second!.attribute.push(
        Object.assign(attribute(), { name: 'axes', type: AttributeType.INTS, ints: [2n, 3n] }),
      );
    });
    const { graph } = decodeModel(bytes);
    expect(graph.nodes[0]!.attributes).toEqual({ strides: [2, 2], pads: [1, 1, 1, 1] });
    expect(graph.outputs[0]!.shape).toEqual(['N', 1]);
  });

  it('misses an attribute that must be there', () => {
    const bytes = edited(everything(), (model) => {
      model.graph!.node.find((node) => node.opType === 'MaxPool')!.attribute = [];
    });
    expect(() => decodeModel(bytes)).toThrow(
      withMessage(
        'MaxPool "MaxPool": expected the attribute kernel_shape, received none. The file is damaged.',
      ),
    );
  });

  it('knows the words of every operator, and names them where a file has another one', () => {
    const resized = (...texts: readonly (readonly [string, string])[]): Uint8Array => {
      const builder = new GraphBuilder('resized');
      const x = builder.input('x', 'float32', ['N', 1, 4, 4]);
      const scales = builder.constant(floats([4], [1, 1, 2, 2]), 'scales');
      builder.output(builder.op('Resize', [x, undefined, scales], {}, { name: 'y' }));
      return edited(builder.build(), (model) => {
        const written = texts.map(([name, value]) =>
          Object.assign(attribute(), {
            name,
            type: AttributeType.STRING,
            s: new TextEncoder().encode(value),
          }),
        );
        model.graph!.node[0]!.attribute.push(...written);
      });
    };
    const asPyTorchWrites = [
      ['coordinate_transformation_mode', 'pytorch_half_pixel'],
      ['mode', 'linear'],
      ['nearest_mode', 'floor'],
    ] as const;
    expect(decodeModel(resized(...asPyTorchWrites)).graph.nodes[0]!.attributes).toEqual(
      Object.fromEntries(asPyTorchWrites),
    );
    expect(() => decodeModel(resized(['mode', 'cubic']))).toThrow(
      withMessage(
        'Resize "y": expected mode among nearest, linear, received mode = "cubic". Export the model without it.',
      ),
    );
    expect(() => decodeModel(resized(['coordinate_transformation_mode', 'tf_crop_and_resize']))).toThrow(
      withMessage(
        'Resize "y": expected coordinate_transformation_mode among half_pixel, pytorch_half_pixel, asymmetric, align_corners, ' +
          'received coordinate_transformation_mode = "tf_crop_and_resize". Export the model without it.',
      ),
    );
  });

  it('refuses an attribute whose loss would change the numbers', () => {
    const bytes = edited(simple(), (model) => {
      const node = model.graph!.node[0]!;
      node.attribute.push(
        Object.assign(attribute(), { name: 'storage_order', type: AttributeType.INT, i: 1n }),
      );
    });
    expect(() => decodeModel(bytes)).toThrow(
      withMessage(
        'Mul "y": expected attributes that Graft has, received storage_order = 1. Export the model without it.',
      ),
    );
  });
});

function attribute() {
  const model = create(ModelProtoSchema, { graph: { node: [{ attribute: [{ name: '' }] }] } });
  return model.graph!.node[0]!.attribute[0]!;
}
