import { describe, expect, it } from 'vitest';
import type { TensorSpec } from '../examples/tensor-spec.ts';
import { floats, integers, tensor } from '../tensor/tensor.ts';
import { keptAs, RowLayout, rowNumbers, USUAL_POSITIONS } from './row-layout.ts';

const STATES: TensorSpec = { name: 'features', dtype: 'float32', shape: [null, 2] };
const IDS: TensorSpec = { name: 'features/ids', dtype: 'int64', shape: [null], padding: -1 };
const POOLED: TensorSpec = { name: 'features/pooled', dtype: 'float32', shape: [3] };

/** Three examples of 2, 0 and 1 positions; what stands behind them is never kept. */
const BATCH = [
  floats([3, 2, 2], [1, 2, 3, 4, 99, 99, 99, 99, 5, 6, 99, 99]),
  integers([7, 8, 99, 99, 9, 99], [3, 2]),
  floats([3, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8]),
];
const LENGTHS = Uint32Array.of(2, 0, 1);

describe('RowLayout', () => {
  it('keeps of each example as many positions as it has, and fills up to the longest', () => {
    const layout = new RowLayout([STATES, IDS, POOLED]);
    const { bytes, lengths } = layout.pack(BATCH, LENGTHS);
    // 4 bytes a number, 8 an id.
    expect([...lengths!]).toEqual([2 * 16 + 12, 12, 16 + 12]);
    expect(bytes).toHaveLength(84);
    expect(layout.bytesPerRow).toBeUndefined();
    expect(layout.bytesOf(2)).toBe(44);
    expect(layout.unpack(bytes, lengths!)).toEqual([
      floats([3, 2, 2], [1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 0, 0]),
      integers([7, 8, -1, -1, 9, -1], [3, 2]),
      BATCH[2],
    ]);
  });

  it('gives some examples as long as the longest of them', () => {
    const layout = new RowLayout([STATES, IDS]);
    const { bytes, lengths } = layout.pack(BATCH.slice(0, 2), LENGTHS);
    const last = bytes.subarray(bytes.length - lengths![2]!);
    expect(layout.unpack(last, lengths!.subarray(2))).toEqual([
      floats([1, 1, 2], [5, 6]),
      integers([9], [1, 1]),
    ]);
  });

  it('keeps numbers as float16 where that is asked for, and what is whole as it is', () => {
    const layout = new RowLayout(keptAs('float16', [STATES, IDS, POOLED]));
    expect(layout.tensors.map(({ dtype }) => dtype)).toEqual(['float16', 'int64', 'float16']);
    const halves = [
      tensor(
        'float16',
        [3, 2, 2],
        Uint16Array.from({ length: 12 }, (_, i) => i),
      ),
      BATCH[1]!,
      tensor('float16', [3, 3], new Uint16Array(9)),
    ];
    const { bytes, lengths } = layout.pack(halves, LENGTHS);
    expect([...lengths!]).toEqual([2 * 12 + 6, 6, 12 + 6]);
    const [states] = layout.unpack(bytes, lengths!);
    expect([...states!.data]).toEqual([0, 1, 2, 3, 0, 0, 0, 0, 8, 9, 0, 0]);
  });

  it('takes one tensor of one size as it lies', () => {
    const layout = new RowLayout([POOLED]);
    const { bytes, lengths } = layout.pack([BATCH[2]!], undefined);
    expect(layout.bytesPerRow).toBe(12);
    expect(lengths).toBeUndefined();
    expect(bytes.buffer).toBe(BATCH[2]!.data.buffer);
  });
});

it('rowNumbers counts what varies as usual', () => {
  expect(rowNumbers([STATES, IDS, POOLED])).toBe(3 * USUAL_POSITIONS + 3);
});
