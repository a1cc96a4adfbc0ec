import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfigText, parseModelConfig } from './model-config.ts';

/** As Keras 2 writes a layer of a functional model. */
const old = (class_name: string, name: string, inbound_nodes: unknown, config: object = {}) => ({
  ...{ class_name, name, inbound_nodes },
  config: { name, ...config },
});

const functional = (layers: readonly unknown[], input: string, output: unknown) => ({
  class_name: 'Functional',
  config: { name: 'model', layers, input_layers: [[input, 0, 0]], output_layers: [output] },
});

/** `name <- inputs` of every layer. */
function connections(json: unknown): string[] {
  return parseModelConfig(json)!.layers.map(({ name, inputs }) =>
    `${name} <- ${inputs.map((each) => each.name).join(' ')}`.trim(),
  );
}

describe('parseModelConfig', () => {
  it('spreads models inside the model out, and says where their weights are', () => {
    const inner = functional(
      [old('InputLayer', 'in', []), old('Conv2D', 'conv', [[['in', 0, 0, {}]]])],
      'in',
      ['conv', 0, 0],
    );
    const model = functional(
      [
        old('InputLayer', 'pixels', [], { batch_input_shape: [null, 8, 8, 3] }),
        old('Conv2D', 'conv', [[['pixels', 0, 0, {}]]]),
        {
          ...inner,
          name: 'body',
          config: { ...inner.config, name: 'body' },
          inbound_nodes: [[['conv', 0, 0, {}]]],
        },
        // The first application of a model is its own making.
        old('Dense', 'out', [[['body', 1, 0, {}]]]),
      ],
      'pixels',
      ['out', 0, 0],
    );
    const { layers } = parseModelConfig({ model_config: model })!;
    expect(connections(model)).toEqual(['pixels <-', 'conv <- pixels', 'conv <- conv', 'out <- conv']);
    expect(layers.map(({ path, within }) => [path, ...within])).toEqual([
      ['layers/input_layer'],
      ['layers/conv2d'],
      ['layers/functional/layers/conv2d', 'body'],
      ['layers/dense'],
    ]);
  });

  it('reads operations of Keras 2 with their constants and second tensors', () => {
    const model = functional(
      [
        old('InputLayer', 'x', []),
        old('TFOpLambda', 'half', [['x', 0, 0, { y: 0.5, name: null }]], { function: 'math.multiply' }),
        old('TFOpLambda', 'sum', [['half', 0, 0, { y: ['x', 0, 0], name: null }]], {
          function: '__operators__.add',
        }),
      ],
      'x',
      ['sum', 0, 0],
    );
    expect(connections(model)).toEqual(['x <-', 'half <- x', 'sum <- half x']);
    expect(parseModelConfig(model)!.layers[1]!.constants.get('y')).toBe(0.5);
  });

  it('reads arguments of Keras 3, alone, in lists, and as constants', () => {
    const tensor = (name: string) => ({
      class_name: '__keras_tensor__',
      config: { shape: [null, 2], keras_history: [name, 0, 0] },
    });
    const layer = (class_name: string, name: string, args: unknown[]) => ({
      ...{ class_name, name, config: { name }, inbound_nodes: [{ args, kwargs: {} }] },
    });
    const model = {
      class_name: 'Functional',
      config: {
        layers: [
          { class_name: 'InputLayer', config: { name: 'x' }, inbound_nodes: [] },
          layer('Add', 'shifted', [tensor('x'), { class_name: '__tensor__', config: { value: [1, 2] } }]),
          layer('Concatenate', 'both', [[tensor('x'), tensor('shifted')]]),
        ],
        input_layers: ['x', 0, 0],
        output_layers: ['both', 0, 0],
      },
    };
    expect(connections(model)).toEqual(['x <-', 'shifted <- x', 'both <- x shifted']);
    expect(parseModelConfig(model)!.layers[1]!.constants.get('1')).toEqual([1, 2]);
  });

  it('puts an input before a Sequential model that has none', () => {
    const model = {
      class_name: 'Sequential',
      config: [
        { class_name: 'Dense', config: { name: 'first', batch_input_shape: [null, 4] } },
        { class_name: 'Dense', config: { name: 'second' } },
      ],
    };
    const { layers } = parseModelConfig(model)!;
    expect(connections(model)).toEqual(['input <-', 'first <- input', 'second <- first']);
    expect(layers[0]!.settings['batch_shape']).toEqual([null, 4]);
  });

  it('knows nothing of what is not connected', () => {
    const unconnected = functional(
      [old('InputLayer', 'x', []), old('Dense', 'out', [[['nowhere', 0, 0, {}]]])],
      'x',
      ['out', 0, 0],
    );
    for (const json of [unconnected, {}, null, [], { class_name: 'Own', config: { layers: 3 } }]) {
      expect(parseModelConfig(json)).toBeUndefined();
    }
    expect(parseConfigText('{"class_name": ')).toBeUndefined();
  });

  it('ends with models in models that are applied many times, and hold nothing', () => {
    let model = functional([old('InputLayer', 'x', [])], 'x', ['x', 0, 0]);
    for (let depth = 0; depth < 12; depth++) {
      const nodes = Array.from({ length: 8 }, () => [['x', 0, 0, {}]]);
      const inner = {
        ...model,
        name: 'inner',
        config: { ...model.config, name: 'inner' },
        inbound_nodes: nodes,
      };
      model = functional([old('InputLayer', 'x', []), inner], 'x', ['inner', 0, 0]);
    }
    expect(parseModelConfig(model)).toBeUndefined();
  });

  it('throws for no JSON', () => {
    const key = fc.constantFrom(
      'class_name',
      'config',
      'layers',
      'inbound_nodes',
      'name',
      'args',
      'input_layers',
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom(null, 0, 'x', 'Sequential', 'Functional', 'InputLayer', '__keras_tensor__'),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(key, tie('json'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        parseModelConfig(value);
      }),
      { numRuns: 2000 },
    );
  });
});
