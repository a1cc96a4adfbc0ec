/** @file Where an ONNX file is cut unless someone names a value: before its head, where its features are. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Graph, Node } from '../../core/graph/graph.ts';
import type { DecodedModel, Link } from '../../core/onnx/decoder.ts';
import { pooledLayout } from './graph-layout.ts';
import { type NetworkPath, networkPath } from './network-path.ts';

/**
 * The value to cut at unless another is named:
 *
 * 1. what goes into the last pooling over all positions of a map that everything passes through: `[N, C, H, W]`;
 * 2. without one, what goes into the head, the last matrix product with vectors `[N, C]`: a class token, the mean of all
 *    tokens;
 * 3. without a head, the output: where a file gives tokens `[N, L, C]` and vectors `[N, C]`, the vectors.
 *
 * @throws {GraftError} `model-file`, if an operator that Graft lacks stands in the way.
 */
export function defaultCut(decoded: DecodedModel, where: string): string {
  const { graph, refusals, links } = decoded;
  const output = featureOutput(decoded);
  const path = networkPath(
    links,
    graph.inputs.map(({ name }) => name),
    output,
  );
  const cut = beforePooling(graph, path) ?? beforeHead(graph, path, output) ?? output;
  const refusal = refusals.get(cut);
  if (refusal !== undefined) throw refusal;
  if (graph.values.has(cut) && !graph.constants.has(cut)) return cut;
  throw new GraftError('model-file', {
    where,
    expected: 'an output that Graft can compute',
    received: 'none',
    advice: 'Name a value to cut at.',
  });
}

/** The output that features are looked for behind: the first one, but vectors rather than tokens. */
export function featureOutput({ graph, outputNames }: DecodedModel): string {
  const [first = ''] = outputNames;
  if (graph.values.get(first)?.shape.length !== 3) return first;
  return outputNames.find((name) => isVectors(graph, name)) ?? first;
}

function isVectors(graph: Graph, name: string): boolean {
  const value = graph.values.get(name);
  return value?.dtype === 'float32' && value.shape.length === 2;
}

/** The last map that is read by poolings over all its positions, and by nothing else. */
function beforePooling(graph: Graph, { links, passages, countReaders }: NetworkPath): string | undefined {
  const nodes = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const pools = (link: Link): boolean => poolsMap(graph, link, nodes.get(link.outputs[0] ?? ''));
  return links
    .toReversed()
    .filter(pools)
    .map(({ inputs }) => inputs[0]!)
    .find((map) => passages.includes(map) && countReaders(map).every(pools));
}

function poolsMap(graph: Graph, link: Link, node: Node | undefined): boolean {
  if (link.op === 'GlobalAveragePool' || link.op === 'GlobalMaxPool') return true;
  return node !== undefined && pooledLayout(graph, node) !== undefined;
}

/**
 * What goes into the last products with vectors, where nothing gets to the output beside them. Of several, as of two
 * heads that are averaged, the vectors that all of them start from, else the first one's.
 */
function beforeHead(graph: Graph, path: NetworkPath, output: string): string | undefined {
  const producers = new Map(path.links.flatMap((link) => link.outputs.map((name) => [name, link] as const)));
  const heads = new Set<Link>();
  const seen = new Set<string>();
  const open = [output];
  while (open.length > 0) {
    const name = open.pop()!;
    const link = producers.get(name);
    // The image is reached without a head on the way.
    if (link === undefined) return undefined;
    if (isHead(graph, link, path)) heads.add(link);
    else {
      for (const input of link.inputs) {
        if (!path.depends(input) || seen.has(input)) continue;
        seen.add(input);
        open.push(input);
      }
    }
  }
  const features = path.links.filter((link) => heads.has(link)).map(({ inputs }) => inputs[0]!);
  if (new Set(features).size === 1) return features[0];
  const first = path.links.findIndex((link) => heads.has(link));
  const before = new Set(path.links.slice(0, first).flatMap(({ outputs }) => outputs));
  const common = path.passages.findLast((name) => before.has(name));
  return common !== undefined && isVectors(graph, common) ? common : features[0];
}

function isHead(graph: Graph, { op, inputs }: Link, { depends }: NetworkPath): boolean {
  const [features = '', kernel = ''] = inputs;
  return (op === 'Gemm' || op === 'MatMul') && !depends(kernel) && isVectors(graph, features);
}
