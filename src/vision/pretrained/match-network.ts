/**
 * @file Finds a network of Graft in the configuration of a file, by what is computed and not by names: the whole network, or
 * as much of its beginning as there is.
 */

import type { Functional } from '../../core/layers/functional.ts';
import type { Layer } from '../../core/layers/layer.ts';
import type { ConfiguredLayer, ModelConfig } from '../../core/weights/model-config.ts';
import { type ComputedNode, computedForms, equalOptions } from './computed-form.ts';

type OwnNode = ComputedNode<Layer>;
export type FileNode = ComputedNode<ConfiguredLayer>;

export interface NetworkMatch {
  /** The last layer of the network that the file has, with all that it needs. */
  readonly last: Layer;
  /** The file's layers for the network's, of all up to `last` that compute something. */
  readonly mates: ReadonlyMap<Layer, FileNode>;
  /** What the file applies the network's first layer to. */
  readonly start: FileNode;
}

/** Where a network and a file part first, for messages. */
export interface Parting {
  readonly expected: string;
  readonly received: string;
}

export interface Comparison {
  /** The longest beginning of the network that the file has; undefined if it is none with weights. */
  readonly match: NetworkMatch | undefined;
  /** The first layer that the file has otherwise; undefined if there is none. */
  readonly parting: Parting | undefined;
}

/** Compares a network with a configuration, from where images come in onwards. */
export function compareNetwork(model: Functional, config: ModelConfig): Comparison {
  const forms = computedForms(
    model.layers.map((layer) => ({
      layer,
      className: layer.className,
      settings: layer.getConfig(),
      inputs: layer.output.inputs.map((tensor) => tensor.layer),
      constants: new Map(),
    })),
  );
  const file = new FileNodes(config);
  const alike: Alike = new Map();
  let parting: Parting | undefined;
  for (const node of forms.values()) {
    visit(node, alike, file);
    const isFirstToPart =
      alike.get(node)?.size === 0 && node.inputs.every((input) => alike.get(input)?.size !== 0);
    if (isFirstToPart) parting ??= partingOf(node, alike, file);
  }
  return { match: longestMatch(model, forms, alike), parting };
}

/** The file's nodes that compute the same as one's own; of the network's input, which is anywhere, undefined. */
type Alike = Map<OwnNode, ReadonlySet<FileNode> | undefined>;

class FileNodes {
  readonly byKind = new Map<string, FileNode[]>();
  readonly byName = new Map<string, FileNode[]>();
  readonly users = new Map<FileNode, FileNode[]>();

  constructor({ layers }: ModelConfig) {
    const seen = new Set<FileNode>();
    const collect = (node: FileNode): void => {
      if (seen.has(node)) return;
      seen.add(node);
      node.inputs.forEach(collect);
      add(this.byKind, node.kind, node);
      add(this.byName, node.layer.name, node);
      for (const input of node.inputs) add(this.users, input, node);
    };
    for (const node of computedForms(layers.map((layer) => ({ layer, ...layer }))).values()) collect(node);
  }
}

function add<K>(lists: Map<K, FileNode[]>, key: K, node: FileNode): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [node]);
  else list.push(node);
}

/** Finds what computes the same as a node, and as those that it is applied to. */
function visit(node: OwnNode, alike: Alike, file: FileNodes): void {
  if (alike.has(node)) return;
  if (node.kind === 'InputLayer') {
    alike.set(node, undefined);
    return;
  }
  for (const input of node.inputs) visit(input, alike, file);
  const found = candidatesFor(node, alike, file).filter(
    (other) => differenceOf(node, other) === undefined && orderOf(node, other, alike) !== undefined,
  );
  alike.set(node, new Set(found));
}

/** What is applied to the mates of the node's first input. */
function candidatesFor({ inputs, kind }: OwnNode, alike: Alike, file: FileNodes): readonly FileNode[] {
  const mates = alike.get(inputs[0]!);
  const nodes =
    mates === undefined ? file.byKind.get(kind) : [...mates].flatMap((mate) => file.users.get(mate) ?? []);
  return [...new Set(nodes)];
}

/** The other's inputs in the order of one's own, if they are alike. */
function orderOf(own: OwnNode, { inputs }: FileNode, alike: Alike): readonly FileNode[] | undefined {
  if (inputs.length !== own.inputs.length) return undefined;
  const orders = own.kind === 'Add' || own.kind === 'Multiply' ? [inputs, inputs.toReversed()] : [inputs];
  return orders.find((order) =>
    order.every((input, index) => alike.get(own.inputs[index]!)?.has(input) !== false),
  );
}

function longestMatch(
  { layers }: Functional,
  forms: ReadonlyMap<Layer, OwnNode>,
  alike: Alike,
): NetworkMatch | undefined {
  for (const last of layers.toReversed()) {
    const node = forms.get(last)!;
    // One that does nothing ends nothing.
    if (node.layer !== last) continue;
    for (const mate of alike.get(node) ?? []) {
      const found = pair(node, mate, alike);
      const hasWeights = [...(found?.mates.keys() ?? [])].some(({ weights }) => weights.length > 0);
      if (found !== undefined && hasWeights) return { last, ...found };
    }
  }
  return undefined;
}

/** Every node with its mate; undefined where one would have two. */
function pair(own: OwnNode, other: FileNode, alike: Alike): Omit<NetworkMatch, 'last'> | undefined {
  const nodes = new Map<OwnNode, FileNode>();
  const left: [OwnNode, FileNode][] = [[own, other]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [mine, theirs] = next;
    const before = nodes.get(mine);
    if (before !== undefined && before !== theirs) return undefined;
    if (before !== undefined) continue;
    nodes.set(mine, theirs);
    for (const [index, input] of (orderOf(mine, theirs, alike) ?? []).entries()) {
      left.push([mine.inputs[index]!, input]);
    }
  }
  const start = [...nodes].find(([{ kind }]) => kind === 'InputLayer')?.[1];
  if (start === undefined) return undefined;
  return { start, mates: new Map([...nodes].map(([node, mate]) => [node.layer, mate])) };
}

function partingOf(node: OwnNode, alike: Alike, file: FileNodes): Parting {
  const { name } = node.layer;
  const next = candidatesFor(node, alike, file);
  const nearest = file.byName.get(name)?.[0] ?? next.find(({ kind }) => kind === node.kind) ?? next[0];
  if (nearest === undefined) return { expected: `a layer "${name}"`, received: 'none' };
  return (
    differenceOf(node, nearest) ?? {
      expected: `"${name}" applied to ${quote(node.inputs)}`,
      received: `"${nearest.layer.name}" applied to ${quote(nearest.inputs)}`,
    }
  );
}

function differenceOf(own: OwnNode, other: FileNode): Parting | undefined {
  const { name } = own.layer;
  if (own.kind !== other.kind) {
    return { expected: `"${name}" as ${own.kind}`, received: `${other.kind} "${other.layer.name}"` };
  }
  const key = [...new Set([...Object.keys(own.options), ...Object.keys(other.options)])].find(
    (option) => !equalOptions(own.options[option], other.options[option]),
  );
  if (key === undefined) return undefined;
  const show = (value: unknown): string => JSON.stringify(value) ?? 'none';
  return {
    expected: `"${name}" with ${key} ${show(own.options[key])}`,
    received: `"${other.layer.name}" with ${show(other.options[key])}`,
  };
}

function quote(nodes: readonly { readonly layer: { readonly name: string } }[]): string {
  return nodes.map(({ layer }) => `"${layer.name}"`).join(', ');
}
