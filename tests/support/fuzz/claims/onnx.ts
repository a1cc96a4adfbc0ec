/** @file ONNX files that come to more than they are: constants that grow, lists of nothing, the same numbers many times. */

import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataLocation,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from '../../../../src/core/onnx/onnx_pb.ts';
import type { Choices } from './choices.ts';

type GraphInit = MessageInitShape<typeof GraphProtoSchema>;
type NodeInit = MessageInitShape<typeof NodeProtoSchema>;
type TensorInit = MessageInitShape<typeof TensorProtoSchema>;
type AttributeInit = MessageInitShape<typeof AttributeProtoSchema>;
type InfoInit = MessageInitShape<typeof ValueInfoProtoSchema>;

const [FLOAT, INT64] = [1, 7];

export function claimingOnnx(choices: Choices, mostBytes: number): Uint8Array {
  const graph = choices.one(MAKERS)(choices, mostBytes);
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: BigInt(choices.one([9, 13, 18, 18, 18])) }],
    graph,
    metadataProps:
      choices.below(6) === 0
        ? Array.from({ length: choices.scale(mostBytes / 4) }, () => ({ key: '', value: '' }))
        : [],
  });
  const bytes = toBinary(ModelProtoSchema, model);
  return bytes.length <= mostBytes ? bytes : bytes.slice(0, mostBytes);
}

type Maker = (choices: Choices, mostBytes: number) => GraphInit;

const MAKERS: readonly Maker[] = [
  growing,
  growing,
  growing,
  emptyMessages,
  nestedGraphs,
  manyNodes,
  manyAxes,
  manyOutputs,
  longNames,
  lyingTensors,
  externalNumbers,
  growingNames,
];

/** A constant, or the image, that every node makes larger. */
function growing(choices: Choices, mostBytes: number): GraphInit {
  const nodes: NodeInit[] = [];
  const initializer: TensorInit[] = [
    floats('start', [choices.scale(1000)]),
    ints('two', [2]),
    ints('one', [1]),
  ];
  let [value, integer] = [choices.maybe() ? 'start' : 'image', 'two'];
  const length = choices.scale(Math.min(200, mostBytes / 100));
  for (let i = 0; i < length; i++) {
    const [made, size] = [`v${i}`, `s${i}`];
    initializer.push(ints(size, choices.maybe() ? [choices.size()] : choices.shape()));
    const target = choices.below(3) === 0 ? integer : size;
    const add = (opType: string, input: string[], attribute: AttributeInit[] = []) =>
      nodes.push({ opType, name: made, input, output: [made], attribute });
    choices.one([
      () => add('Concat', [value, value], [int('axis', choices.below(2))]),
      () => add('Concat', [integer, integer], [int('axis', 0)]),
      () => add('Expand', [value, target]),
      () => add('Tile', [value, target]),
      () => add('ConstantOfShape', [target]),
      () => add('Range', ['one', target, 'one']),
      () => add('Mul', [integer, integer]),
      () => add('Add', [value, value]),
      () => add('MatMul', [value, value]),
      () => add('Pad', [value, target]),
      () => add('Reshape', [value, target]),
      () => add('Gather', [value, integer]),
      () => add('OneHot', [integer, 'two', value]),
      () => add('Cast', [value], [int('to', INT64)]),
      () => add('Cast', [integer], [int('to', FLOAT)]),
      () => add('Shape', [value]),
      () => add('Transpose', [value], [ints32('perm', [3, 2, 1, 0])]),
      () => add('Resize', [value, '', '', target]),
      () => add('Upsample', [value, 'start']),
      () => add('Einsum', [value, value], [text('equation', 'a,b->ab')]),
      () => add('Unsqueeze', [value, 'one']),
      () => add('Flatten', [value]),
    ])();
    if (choices.below(4) === 0) integer = made;
    else value = made;
  }
  nodes.push({ opType: 'Mul', name: 'last', input: ['image', value], output: ['last'] });
  return { name: 'g', input: [image(choices)], node: nodes, initializer, output: [{ name: 'last' }] };
}

function emptyMessages(choices: Choices, mostBytes: number): GraphInit {
  const many = () => choices.scale(mostBytes / 3);
  return choices.one([
    () => ({ node: new Array<NodeInit>(many()).fill({}) }),
    () => ({ initializer: new Array<TensorInit>(many()).fill({}) }),
    () => ({ valueInfo: new Array<InfoInit>(many()).fill({}) }),
    () => ({ sparseInitializer: new Array<object>(many()).fill({}) }),
    () => ({ node: [{ attribute: new Array<AttributeInit>(many()).fill({}) }] }),
    () => ({ node: [{ attribute: [{ name: 'a', tensors: new Array<TensorInit>(many()).fill({}) }] }] }),
    () => ({ node: [{ attribute: [{ strings: new Array<Uint8Array>(many()).fill(new Uint8Array()) }] }] }),
    () => ({ node: [{ attribute: [{ ints: new Array<bigint>(many()).fill(1n) }] }] }),
    () => ({ node: [{ input: new Array<string>(many()).fill('') }] }),
    () => ({ initializer: [{ name: 'x', dims: new Array<bigint>(many()).fill(1n), floatData: [1] }] }),
    () => ({
      initializer: [{ name: 'x', stringData: new Array<Uint8Array>(many()).fill(new Uint8Array()) }],
    }),
    () => ({ initializer: [{ name: 'x', dims: [1n], externalData: new Array<object>(many()).fill({}) }] }),
  ])() as GraphInit;
}

function nestedGraphs(choices: Choices): GraphInit {
  let graph: GraphInit = {};
  const depth = choices.scale(choices.maybe() ? 100 : 500);
  for (let i = 0; i < depth; i++) graph = { node: [{ opType: 'If', attribute: [{ name: 'a', g: graph }] }] };
  return graph;
}

/** Very many nodes, all of one name. */
function manyNodes(choices: Choices, mostBytes: number): GraphInit {
  const count = choices.scale(mostBytes / 30);
  const op = choices.one([
    'Identity',
    'Relu',
    'HardSwish',
    'Gelu',
    'Shape',
    'Dropout',
    'Cast',
    'Nothing',
    'Conv',
  ]);
  const chained = choices.maybe();
  const name = choices.one(['', 'same']);
  const node = Array.from({ length: count }, (_, i): NodeInit => {
    const from = chained && i > 0 ? `${i - 1}` : choices.below(50) === 0 ? 'start' : 'image';
    const attribute = op === 'Cast' ? [int('to', FLOAT)] : [];
    return { opType: op, name, input: [from], output: [`${i}`], attribute };
  });
  return {
    input: [image(choices)],
    node,
    initializer: [floats('start', [4096])],
    output: [{ name: `${count - 1}` }],
  };
}

function manyAxes(choices: Choices, mostBytes: number): GraphInit {
  const axes = choices.scale(mostBytes / 2);
  const many = new Array<number>(axes).fill(1);
  const count = choices.scale(20_000);
  const op = choices.one(['Reshape', 'Expand', 'Unsqueeze', 'ConstantOfShape', 'Tile', 'Slice', 'Pad']);
  const node = Array.from({ length: count }, (_, i): NodeInit => {
    const input =
      op === 'ConstantOfShape' ? ['many'] : op === 'Slice' ? ['image', 'many', 'many'] : ['image', 'many'];
    return { opType: op, input, output: [`${i}`] };
  });
  return { input: [image(choices)], node, initializer: [ints('many', many)], output: [{ name: '0' }] };
}

function manyOutputs(choices: Choices, mostBytes: number): GraphInit {
  const output = Array.from({ length: choices.scale(mostBytes / 8) }, (_, i) => `${i}`);
  const op = choices.one(['Split', 'Sum', 'Concat', 'MaxPool']);
  const input = op === 'Split' || op === 'MaxPool' ? ['image'] : output.map(() => 'image');
  const attribute = op === 'Split' || op === 'Concat' ? [int('axis', 2)] : [];
  const node = { opType: op, input, output: op === 'Split' ? output : ['0'], attribute };
  return { input: [image(choices)], node: [node], output: [{ name: '0' }] };
}

function longNames(choices: Choices, mostBytes: number): GraphInit {
  const name = 'n'.repeat(choices.scale(mostBytes / 8));
  const node = ['Gelu', 'LayerNormalization', 'HardSwish', 'Nothing'].map((opType, i) => ({
    opType,
    name,
    input: ['image', 'image'],
    output: [`${name}${i}`],
  }));
  return { name, input: [image(choices), { name }], node, output: [{ name: `${name}0` }] };
}

function lyingTensors(choices: Choices, mostBytes: number): GraphInit {
  const initializer = Array.from({ length: choices.scale(100) }, (_, i): TensorInit => {
    const dims = choices.shape().map(BigInt);
    const count = choices.scale(mostBytes / 100);
    return {
      name: `t${i}`,
      dataType: choices.one([1, 2, 3, 6, 7, 9, 10, 11, 16, 99]),
      dims: choices.maybe() ? [BigInt(count)] : dims,
      ...choices.one([
        () => ({ rawData: choices.bytes(count) }),
        () => ({ floatData: new Array<number>(count).fill(1) }),
        () => ({ int64Data: new Array<bigint>(count).fill(BigInt(choices.size())) }),
        () => ({ int32Data: new Array<number>(count).fill(1) }),
        () => ({}),
      ])(),
    };
  });
  const conv = { opType: 'Conv', input: ['image', 't0'], output: ['y'] };
  return { input: [image(choices)], node: [conv], initializer, output: [{ name: 'y' }] };
}

/** Many tensors of the same part of `weights.bin`, or of files that are none. */
function externalNumbers(choices: Choices, mostBytes: number): GraphInit {
  const initializer = Array.from({ length: choices.scale(mostBytes / 100) }, (_, i): TensorInit => {
    const length = choices.scale(choices.maybe() ? 1_000_000 : 2 ** 40);
    const place = {
      location: choices.below(6) === 0 ? choices.name() : 'weights.bin',
      offset: `${choices.below(5) === 0 ? choices.one([-1, 0.5, 'x', choices.size()]) : 0}`,
      length: `${length}`,
    };
    return {
      name: `t${i}`,
      dataType: 2,
      dims: [BigInt(length)],
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries(place).map(([key, value]) => ({ key, value })),
    };
  });
  return {
    input: [image(choices)],
    initializer,
    node: [{ opType: 'Relu', input: ['image'], output: ['y'] }],
  };
}

/** Sizes that are names, doubled by every node. */
function growingNames(choices: Choices): GraphInit {
  const length = choices.scale(1000);
  const node = Array.from({ length }, (_, i): NodeInit => {
    const from = i === 0 ? 'image' : `v${i - 1}`;
    const op = choices.one(['Concat', 'Concat', 'Flatten', 'Add']);
    return { opType: op, input: [from, from], output: [`v${i}`], attribute: [int('axis', choices.below(4))] };
  });
  return { input: [image(choices)], node, output: [{ name: `v${length - 1}` }] };
}

function image(choices: Choices): InfoInit {
  const size = () =>
    choices.maybe()
      ? { case: 'dimParam' as const, value: choices.name() }
      : { case: 'dimValue' as const, value: 32n };
  const sides = choices.below(10) === 0 ? [size(), size()].map(() => choices.size()) : undefined;
  const dim = [
    { value: choices.maybe() ? size() : { case: 'dimValue' as const, value: 1n } },
    { value: { case: 'dimValue' as const, value: 3n } },
    ...[0, 1].map((side) => ({
      value: sides === undefined ? size() : { case: 'dimValue' as const, value: BigInt(sides[side]!) },
    })),
  ];
  return {
    name: 'image',
    type: { value: { case: 'tensorType', value: { elemType: FLOAT, shape: { dim } } } },
  };
}

function floats(name: string, shape: readonly number[]): TensorInit {
  const count = shape.reduce((product, size) => product * size, 1);
  return { name, dataType: FLOAT, dims: shape.map(BigInt), rawData: new Uint8Array(4 * count) };
}

function ints(name: string, values: readonly number[]): TensorInit {
  return { name, dataType: INT64, dims: [BigInt(values.length)], int64Data: values.map(BigInt) };
}

function int(name: string, value: number): AttributeInit {
  return { name, type: AttributeType.INT, i: BigInt(value) };
}

function ints32(name: string, values: readonly number[]): AttributeInit {
  return { name, type: AttributeType.INTS, ints: values.map(BigInt) };
}

function text(name: string, value: string): AttributeInit {
  return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
}
