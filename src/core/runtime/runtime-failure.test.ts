import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { floats, integers } from '../tensor/tensor.ts';
import { createSession } from './create-session.ts';
import { runtimeFailure } from './runtime-failure.ts';

describe('what ONNX Runtime refuses', () => {
  it('is told by the operator that failed', async () => {
    const builder = new GraphBuilder('reshaping');
    const x = builder.input('x', 'float32', ['N']);
    const shape = builder.input('shape', 'int64', [1]);
    builder.output(builder.op('Reshape', [x, shape]), 'y');
    const session = await createSession(builder.build());
    const feeds = { x: floats([3], [1, 2, 3]), shape: integers([2]) };
    await expect(session.run(feeds)).rejects.toThrow(
      withMessage(
        'model "reshaping": expected feeds that the graph can run on, received a failure of its operator Reshape "Reshape". The error\'s cause has the words of ONNX Runtime.',
      ),
    );
    await session.dispose();
  });

  it.each([
    'std::bad_alloc',
    "Non-zero status code returned while running Conv node. Name:'c' Status Message: Failed to allocate memory for requested buffer of size 9",
  ])('is told as a lack of memory: %s', (told) => {
    const thrown = new Error(told);
    const error = runtimeFailure('model "m"', 'x', thrown);
    expect([error.code, error.cause]).toEqual(['memory', thrown]);
    expect(error.message).toBe(
      'model "m": expected memory for the tensors of the graph, received none left. Use smaller batches, images or texts, or end other programs.',
    );
  });
});
