import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { ACTIVATION_NAMES } from '../core/layers/activations.ts';
import { input } from '../core/layers/input-layer.ts';
import { applyHead, parseHead } from './head-spec.ts';

describe('parseHead', () => {
  it('reads layers, with relu where no activation is named', () => {
    expect(parseHead('flatten,dense:1024,dropout:0.2, dense:16:tanh')).toEqual([
      { type: 'flatten' },
      { type: 'dense', units: 1024, activation: 'relu' },
      { type: 'dropout', rate: 0.2 },
      { type: 'dense', units: 16, activation: 'tanh' },
    ]);
  });

  it('pools first where nothing is said', () => {
    expect(parseHead('dropout:0.5')).toEqual([{ type: 'gap' }, { type: 'dropout', rate: 0.5 }]);
  });

  it('knows the presets', () => {
    expect(parseHead('linear')).toEqual([{ type: 'gap' }]);
    expect(parseHead('flatten-dense-1024').map(({ type }) => type)).toEqual(['flatten', 'dense', 'dropout']);
  });

  it('takes activations as Keras names them, with their second names', () => {
    for (const name of ACTIVATION_NAMES) {
      expect(parseHead(`dense:8:${name}`)[1]).toEqual({ type: 'dense', units: 8, activation: name });
    }
    expect(parseHead('dense:8:swish')[1]).toMatchObject({ activation: 'silu' });
    expect(parseHead('dense:8:hard_swish')[1]).toMatchObject({ activation: 'hard_silu' });
  });

  const advice = 'Write a head as "gap,dense:256:relu,dropout:0.2", "linear" or "flatten-dense-1024".';
  it.each([
    [
      'constructor',
      `head "constructor": expected layers among gap, gmp, flatten, dense, dropout, received "constructor". ${advice}`,
    ],
    [
      'dens:3',
      `head "dens:3": expected layers among gap, gmp, flatten, dense, dropout, received "dens:3". ${advice} Did you mean "dense"?`,
    ],
    [
      'dense',
      `head "dense": expected "dense:UNITS[:ACTIVATION]" with at least 1 unit, received "dense". ${advice}`,
    ],
    [
      'dense:8:rleu',
      `head "dense:8:rleu": expected an activation among ${ACTIVATION_NAMES.join(', ')}, received "rleu". ${advice} Did you mean "relu"?`,
    ],
    [
      'dropout:1',
      `head "dropout:1": expected "dropout:RATE" with a rate from 0 up to, not with, 1, received "dropout:1". ${advice}`,
    ],
    [
      'dense:8,gap',
      `head "dense:8,gap": expected gap, gmp or flatten only as the first layer, received "gap" as number 2. ${advice}`,
    ],
    ['gap:2', `head "gap:2": expected "gap" without a number, received "gap:2". ${advice}`],
  ])('refuses %s', (spec, message) => {
    expect(() => parseHead(spec)).toThrow(withMessage(message));
  });
});

describe('applyHead', () => {
  it('ends in one sigmoid for two classes, in a softmax for more', () => {
    const two = applyHead(input({ shape: [7, 7, 8] }), parseHead('linear'), 2);
    expect(two.shape).toEqual([null, 1]);
    expect(two.layer.getConfig()['activation']).toBe('sigmoid');
    const five = applyHead(input({ shape: [7, 7, 8] }), parseHead('flatten-dense-1024'), 5);
    expect(five.shape).toEqual([null, 5]);
    expect(five.layer.getConfig()['activation']).toBe('softmax');
  });

  it.each([
    ['multi-label', 1, 'sigmoid'],
    ['multi-label', 2, 'sigmoid'],
    ['multi-label', 5, 'sigmoid'],
    ['regression', 1, 'linear'],
    ['regression', 2, 'linear'],
  ] as const)('ends, for %s, in one output for each of %i names', (task, names, activation) => {
    const output = applyHead(input({ shape: [7, 7, 8] }), parseHead('linear'), names, task);
    expect(output.shape).toEqual([null, names]);
    expect(output.layer.getConfig()['activation']).toBe(activation);
  });

  it.each([
    ['gap', 'GlobalAveragePooling2D'],
    ['gmp', 'GlobalMaxPooling2D'],
  ])('pools tokens: %s', (head, className) => {
    const output = applyHead(input({ shape: [5, 8] }), parseHead(head), 2);
    const pooled = output.layer.input;
    expect([pooled.layer.className, pooled.shape]).toEqual([className, [null, 8]]);
  });

  it('does not pool what is pooled already', () => {
    const output = applyHead(input({ shape: [8] }), parseHead('linear'), 2);
    expect(output.layer.input.shape).toEqual([null, 8]);
  });
});
