import { describe, expect, it } from 'vitest';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { findDenseHead } from './dense-head.ts';
import type { DenseHead } from './dense-step.ts';
import { splitAtFreezeBoundary } from './freeze-boundary.ts';

/** The head of a model that begins with `[N, 6]`, or with images. */
function headOf(grow: (x: SymbolicTensor) => SymbolicTensor, shape = [6]): DenseHead | undefined {
  const x = input({ shape });
  const model = new Functional({ inputs: x, outputs: grow(x) });
  model.initialize({ seed: 1 });
  return findDenseHead(splitAtFreezeBoundary(model));
}

const dense = layers.dense;

describe('findDenseHead takes', () => {
  it('Dense layers with their activations, weights and Dropout', () => {
    const weights: Float32Array[] = [];
    const head = headOf((x) => {
      const hidden = dense({ units: 4, activation: 'relu', name: 'hidden' });
      const last = dense({ units: 3, activation: 'softmax', useBias: false, name: 'last' });
      const dropped = layers.dropout({ rate: 0.3, name: 'drop' }).apply(hidden.apply(x));
      const output = last.apply(dropped);
      weights.push(
        Float32Array.from({ length: 24 }, (_, i) => i),
        Float32Array.of(1, 2, 3, 4),
      );
      [hidden.weight('kernel').value, hidden.weight('bias').value] = weights as [Float32Array, Float32Array];
      return output;
    });
    expect(head).toEqual({
      inputs: 6,
      layers: [
        {
          name: 'hidden',
          units: 4,
          activation: 'relu',
          kernel: weights[0],
          bias: weights[1],
          dropout: { name: 'drop', rate: 0.3 },
        },
        { name: 'last', units: 3, activation: 'linear', kernel: expect.any(Float32Array) },
      ],
    });
  });

  it('Dropout on the features', () => {
    const head = headOf((x) =>
      dense({ units: 1 }).apply(layers.dropout({ rate: 0.2, name: 'drop' }).apply(x)),
    );
    expect(head?.dropout).toEqual({ name: 'drop', rate: 0.2 });
    expect(head?.layers).toHaveLength(1);
  });

  it('a frozen Dropout for nothing, as the layer itself does', () => {
    const frozen = () => layers.dropout({ rate: 0.2, trainable: false });
    const head = headOf((x) => {
      const hidden = frozen().apply(dense({ units: 2, name: 'hidden' }).apply(frozen().apply(x)));
      return frozen().apply(
        dense({ units: 1 }).apply(layers.dropout({ rate: 0.1, name: 'drop' }).apply(hidden)),
      );
    });
    expect(head?.dropout).toBeUndefined();
    expect(head?.layers.map(({ dropout }) => dropout)).toEqual([{ name: 'drop', rate: 0.1 }, undefined]);
  });

  it('features that come out of a frozen Flatten or pooling', () => {
    const flat = headOf((x) => dense({ units: 1 }).apply(layers.flatten().apply(x)), [2, 3, 5]);
    expect(flat?.inputs).toBe(30);
    const pooled = headOf(
      (x) => dense({ units: 1 }).apply(layers.globalAveragePooling2d().apply(x)),
      [2, 3, 5],
    );
    expect(pooled?.inputs).toBe(5);
  });

  it.each(['linear', 'relu', 'sigmoid', 'tanh'] as const)(
    '%s between layers, as an option or a layer',
    (activation) => {
      const inside = headOf((x) => dense({ units: 1 }).apply(dense({ units: 2, activation }).apply(x)));
      const apart = headOf((x) => {
        const hidden = layers.activation({ activation }).apply(dense({ units: 2 }).apply(x));
        return dense({ units: 1 }).apply(hidden);
      });
      expect([inside, apart].map((head) => head?.layers[0]?.activation)).toEqual([activation, activation]);
    },
  );

  it.each(['linear', 'sigmoid', 'softmax'] as const)(
    '%s at the end, where the logits stand before it',
    (activation) => {
      const inside = headOf((x) => dense({ units: 2, activation }).apply(x));
      const apart = headOf((x) => layers.activation({ activation }).apply(dense({ units: 2 }).apply(x)));
      expect([inside, apart].map((head) => head?.layers[0]?.activation)).toEqual(['linear', 'linear']);
    },
  );
});

describe('findDenseHead leaves to the graph step', () => {
  const cases: Readonly<Record<string, (x: SymbolicTensor) => SymbolicTensor>> = {
    'an activation that the kernel lacks': (x) =>
      dense({ units: 1 }).apply(dense({ units: 2, activation: 'elu' }).apply(x)),
    'the same as a layer': (x) =>
      dense({ units: 1 }).apply(
        layers.activation({ activation: 'relu6' }).apply(dense({ units: 2 }).apply(x)),
      ),
    'softmax between layers': (x) =>
      dense({ units: 1 }).apply(dense({ units: 2, activation: 'softmax' }).apply(x)),
    'relu at the end': (x) => dense({ units: 1, activation: 'relu' }).apply(x),
    'two activations in a row': (x) =>
      dense({ units: 1 }).apply(
        layers.activation({ activation: 'tanh' }).apply(dense({ units: 2, activation: 'relu' }).apply(x)),
      ),
    'an activation after Dropout': (x) =>
      dense({ units: 1 }).apply(
        layers
          .activation({ activation: 'tanh' })
          .apply(layers.dropout({ rate: 0.1 }).apply(dense({ units: 2 }).apply(x))),
      ),
    'an activation on dropped features': (x) =>
      dense({ units: 1 }).apply(
        layers.activation({ activation: 'relu' }).apply(layers.dropout({ rate: 0.1 }).apply(x)),
      ),
    'Dropout twice on the features': (x) =>
      dense({ units: 1 }).apply(layers.dropout({ rate: 0.1 }).apply(layers.dropout({ rate: 0.1 }).apply(x))),
    'Dropout twice between layers': (x) =>
      dense({ units: 1 }).apply(
        layers
          .dropout({ rate: 0.1 })
          .apply(layers.dropout({ rate: 0.1 }).apply(dense({ units: 2 }).apply(x))),
      ),
    'Dropout that drops whole samples': (x) =>
      dense({ units: 1 }).apply(
        layers.dropout({ rate: 0.1, noiseShape: [null, 1] }).apply(dense({ units: 2 }).apply(x)),
      ),
    'Dropout at the end': (x) => layers.dropout({ rate: 0.1 }).apply(dense({ units: 1 }).apply(x)),
    'a frozen Dense behind a trained one': (x) =>
      dense({ units: 1, trainable: false }).apply(dense({ units: 2 }).apply(x)),
    'frozen batch normalization': (x) =>
      dense({ units: 1 }).apply(
        layers.batchNormalization({ trainable: false }).apply(dense({ units: 2 }).apply(x)),
      ),
    'a shortcut': (x) => {
      const hidden = dense({ units: 6 }).apply(x);
      return dense({ units: 1 }).apply(layers.add().apply([x, hidden]));
    },
    'two branches': (x) =>
      layers.concatenate().apply([dense({ units: 1 }).apply(x), dense({ units: 2 }).apply(x)]),
  };
  it.each(Object.entries(cases))('%s', (_, grow) => {
    expect(headOf(grow)).toBeUndefined();
  });

  it('a Dense on every place of an image', () => {
    expect(headOf((x) => layers.flatten().apply(dense({ units: 1 }).apply(x)), [2, 2, 3])).toBeUndefined();
  });

  it('a trained convolution', () => {
    const grow = (x: SymbolicTensor) =>
      dense({ units: 1 }).apply(
        layers.globalAveragePooling2d().apply(layers.conv2d({ filters: 2, kernelSize: 1 }).apply(x)),
      );
    expect(headOf(grow, [2, 2, 3])).toBeUndefined();
  });
});
