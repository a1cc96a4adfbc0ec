/** @file The way from a network's inputs to an output: which values everything passes through. */

import type { Link } from '../../core/onnx/decoder.ts';

/** What lies on the way from the inputs to one output. */
export interface NetworkPath {
  /** Nodes that the output needs and that the inputs have a part in, in order. */
  readonly links: readonly Link[];
  /** Values after which nothing of before is read again, in order; the output is the last. */
  readonly passages: readonly string[];
  /** Whether the inputs have a part in a value. */
  readonly depends: (name: string) => boolean;
  /** The nodes on the way that read a value which the inputs have a part in. */
  readonly countReaders: (name: string) => readonly Link[];
}

export function networkPath(links: readonly Link[], inputs: readonly string[], output: string): NetworkPath {
  const dependent = new Set(inputs);
  for (const link of links) {
    if (link.inputs.some((name) => dependent.has(name))) for (const name of link.outputs) dependent.add(name);
  }
  const needed = new Set([output]);
  const onTheWay = links
    .toReversed()
    .filter((link) => {
      const isNeeded = link.outputs.some((name) => needed.has(name));
      if (isNeeded) for (const name of link.inputs) needed.add(name);
      return isNeeded && link.inputs.some((name) => dependent.has(name));
    })
    .toReversed();
  const readers = new Map<string, Link[]>();
  for (const link of onTheWay) {
    for (const name of new Set(link.inputs)) {
      if (!dependent.has(name)) continue;
      const known = readers.get(name);
      if (known === undefined) readers.set(name, [link]);
      else known.push(link);
    }
  }
  const countReaders = (name: string) => readers.get(name) ?? [];
  return {
    links: onTheWay,
    passages: passagesOf(onTheWay, dependent, countReaders, output),
    depends: (name) => dependent.has(name),
    countReaders,
  };
}

function passagesOf(
  links: readonly Link[],
  dependent: ReadonlySet<string>,
  countReaders: NetworkPath['countReaders'],
  output: string,
): string[] {
  const left = new Map<string, number>();
  const live = new Set<string>();
  const passages: string[] = [];
  for (const link of links) {
    for (const name of new Set(link.inputs)) {
      if (!dependent.has(name)) continue;
      const rest = (left.get(name) ?? countReaders(name).length) - 1;
      left.set(name, rest);
      if (rest === 0) live.delete(name);
      else live.add(name);
    }
    for (const name of link.outputs) if (name === output || countReaders(name).length > 0) live.add(name);
    const [only] = live;
    if (live.size === 1 && link.outputs.includes(only!)) passages.push(only!);
  }
  return passages;
}
