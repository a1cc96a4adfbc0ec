import { afterEach, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { encodeModel } from '../onnx/encoder.ts';
import { floats, integers, tensor } from '../tensor/tensor.ts';
import { createSession, evaluateGraph } from './create-session.ts';
import type { Session } from './session.ts';

let session: Session | undefined;
afterEach(() => session?.dispose());

/** y = relu(x w + b), z = x w + b. */
function dense() {
  const builder = new GraphBuilder('dense');
  const x = builder.input('x', 'float32', ['N', 2]);
  const w = builder.constant(floats([2, 2], [1, 2, 3, 4]), 'w');
  const z = builder.op('Gemm', [x, w, builder.constant(floats([2], [0, -20]), 'b')], {}, { name: 'z' });
  builder.output(builder.op('Relu', [z]), 'y');
  builder.output(z);
  return builder.build();
}

describe('createSession', () => {
  it('runs a graph, and its bytes alike', async () => {
    const graph = dense();
    const feeds = { x: floats([2, 2], [1, 1, 2, 3]) };
    session = await createSession(graph);
    expect(session.inputNames).toEqual(['x']);
    expect(session.outputNames).toEqual(['y', 'z']);
    const { y, z } = await session.run(feeds);
    expect(y!).toBeAllClose(floats([2, 2], [4, 0, 11, 0]), { atol: 0, rtol: 0 });
    expect(z!).toBeAllClose(floats([2, 2], [4, -14, 11, -4]), { atol: 0, rtol: 0 });
    await session.dispose();
    session = await createSession(encodeModel(graph), { threads: 1, graphOptimization: 'disabled' });
    expect(Object.keys(await session.run(feeds, ['z']))).toEqual(['z']);
  });

  it('takes memory that is shared between threads', async () => {
    session = await createSession(dense());
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([1, 1]);
    const { z } = await session.run({ x: tensor('float32', [1, 2], shared) });
    expect(z!).toBeAllClose([4, -14], { atol: 0, rtol: 0 });
  });

  it('carries every dtype in and out', async () => {
    const builder = new GraphBuilder('dtypes');
    const feeds = {
      float32: floats([2], [1.5, -2]),
      float64: tensor('float64', [2], Float64Array.of(0.1, 2)),
      // 1.0 and -2.0
      float16: tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000)),
      uint8: tensor('uint8', [2], Uint8Array.of(0, 255)),
      int8: tensor('int8', [2], Int8Array.of(-128, 127)),
      int32: tensor('int32', [2], Int32Array.of(-5, 6)),
      int64: integers([-7, 2 ** 40]),
      bool: tensor('bool', [2], Uint8Array.of(1, 0)),
    };
    for (const { dtype } of Object.values(feeds)) {
      builder.output(builder.op('Identity', [builder.input(dtype, dtype, [2])]), `${dtype}_out`);
    }
    const half = builder.op('Cast', [builder.value('float16')], { to: 'float32' });
    builder.output(half, 'half');
    const results = await evaluateGraph(builder.build(), feeds);
    for (const [name, fed] of Object.entries(feeds)) expect(results[`${name}_out`]).toEqual(fed);
    expect(results['half']).toEqual(floats([2], [1, -2]));
  });

  it('tells which name does not fit', async () => {
    session = await createSession(dense());
    const x = floats([1, 2], [1, 1]);
    await expect(session.run({})).rejects.toThrow(
      withMessage(
        'model "dense": expected feeds named "x", received no feed "x". Use the names of the graph.',
      ),
    );
    await expect(session.run({ x, u: x })).rejects.toThrow(
      withMessage('model "dense": expected feeds named "x", received feed "u". Use the names of the graph.'),
    );
    await expect(session.run({ x }, ['q'])).rejects.toThrow(
      withMessage(
        'model "dense": expected outputs named "y", "z", received output "q". Use the names of the graph.',
      ),
    );
  });

  it("passes ONNX Runtime's own words on", async () => {
    session = await createSession(dense());
    await expect(session.run({ x: floats([1, 3], [1, 1, 1]) })).rejects.toThrow(
      withMessage(
        'model "dense": expected feeds that the graph can run on, received "x" with 3 on axis 1, where the graph has 2. The error\'s cause has the words of ONNX Runtime.',
      ),
    );
    await expect(createSession(Uint8Array.of(1, 2, 3))).rejects.toThrow(
      withMessage(
        "model: expected a model that ONNX Runtime can load, received one that it refuses. The error's cause has the words of ONNX Runtime.",
      ),
    );
  });

  it('is disposed of once, and then refuses to run', async () => {
    session = await createSession(dense());
    await session.dispose();
    await session.dispose();
    await expect(session.run({ x: floats([1, 2], [1, 1]) })).rejects.toThrow(
      withMessage(
        'model "dense": expected a live session, received one that was disposed. Make a new session.',
      ),
    );
  });
});
