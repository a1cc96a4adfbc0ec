/** @file What identifies a graph: a digest of all that it computes, by names or by structure. */

import { createHash } from 'node:crypto';
import type { Graph } from '../../../src/core/graph/graph.ts';

/** Operators in their order with names, attributes and constants: features of a frozen network are kept under it. */
export function digestOfNames(graph: Graph): string {
  const { inputs, outputs, nodes } = graph;
  const hash = createHash('sha256').update(JSON.stringify({ inputs, outputs, nodes }, plain));
  for (const [name, { dtype, shape, data }] of graph.constants) {
    hash.update(JSON.stringify({ name, dtype, shape }));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Operators in their order, with what they read; what values and constants are called does not matter. */
export function digestOfStructure(graph: Graph): string {
  const meaning = new Map<string, string>();
  for (const { name, dtype, shape } of graph.inputs) meaning.set(name, JSON.stringify(['input', name, dtype, shape]));
  for (const [name, { dtype, shape, data }] of graph.constants) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    meaning.set(name, JSON.stringify(['constant', dtype, shape, digest]));
  }
  const lines = graph.nodes.map(({ op, inputs, outputs, attributes }, index) => {
    outputs.forEach((name, output) => {
      meaning.set(name, `${index}:${output}`);
    });
    return JSON.stringify([op, inputs.map((name) => meaning.get(name) ?? ''), attributes], plain);
  });
  const ends = graph.outputs.map(({ name }) => [name, meaning.get(name)]);
  return createHash('sha256').update(JSON.stringify([lines, ends])).digest('hex').slice(0, 16);
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
