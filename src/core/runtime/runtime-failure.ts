/** @file What ONNX Runtime refuses, in Graft's words: its own are for whoever wrote the operators. */

import { type ErrorParts, GraftError } from '../errors/graft-error.ts';

/**
 * The error for something that ONNX Runtime threw, which becomes its cause.
 *
 * @param where - The model, for messages.
 * @returns Of code `memory` where there was none left, else `runtime`.
 */
export function runtimeFailure(where: string, expected: string, thrown: unknown): GraftError {
  const told = thrown instanceof Error ? thrown.message : String(thrown);
  const isMemory = /bad_alloc|failed to allocate|out of memory/i.test(told);
  const parts: ErrorParts = isMemory
    ? {
        where,
        expected: 'memory for the tensors of the graph',
        received: 'none left',
        advice: 'Use smaller batches, images or texts, or end other programs.',
      }
    : {
        where,
        expected,
        received: received(told),
        advice: "The error's cause has the words of ONNX Runtime.",
      };
  return new GraftError(isMemory ? 'memory' : 'runtime', parts, { cause: thrown });
}

function received(told: string): string {
  const [, input, sizes = ''] = /invalid dimensions for input: (\S+)([\s\S]*)/i.exec(told) ?? [];
  const [, axis, got, wanted] = /index: (\d+) Got: (\d+) Expected: (\d+)/.exec(sizes) ?? [];
  if (axis !== undefined) return `"${input}" with ${got} on axis ${axis}, where the graph has ${wanted}`;
  const [, operator, name] = /while running (\w+) node\. Name:'([^']*)'/.exec(told) ?? [];
  if (operator !== undefined) return `a failure of its operator ${operator} "${name}"`;
  return 'one that it refuses';
}
