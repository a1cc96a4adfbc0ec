/** @file Which of the objects in a file of PyTorch is the state dict: the weights by their names. */

import { GraftError } from '../errors/graft-error.ts';
import { quoteList } from '../errors/name-list.ts';
import type { PickleValue } from './pickle-value.ts';
import { type TorchStorage, TorchTensor } from './torch-tensor.ts';

/** Names that programs give the weights in a checkpoint, what is averaged first: as timm has it. */
const WRAPPERS: readonly string[] = [
  'state_dict_ema',
  'model_ema',
  'state_dict',
  'model_state_dict',
  'model',
  'model_state',
  'net',
  'weights',
  'params_ema',
  'params',
];

/** What wrappers of PyTorch put before every name. */
const PREFIXES = /^(?:module\.|_orig_mod\.)+/;

export type StateDict = readonly (readonly [name: string, tensor: TorchTensor])[];

/**
 * Of a checkpoint with several objects in it, the one that has the weights: tensors of numbers with a point, by name.
 *
 * @throws {GraftError} `weights`, if there is none, or several.
 */
export function stateDictIn(root: PickleValue, where: string): StateDict {
  if (!(root instanceof Map))
    throw noWeights(where, root instanceof TorchTensor ? 'a tensor' : 'another object');
  const found = chosenDict(root, where);
  const weights = tensorsIn(found).filter(([, tensor]) => tensor.isFloating);
  if (weights.length === 0) throw noWeights(where, 'a dict without tensors');
  return weights.map(([name, tensor]) => [name.replace(PREFIXES, ''), tensor] as const);
}

function chosenDict(
  root: ReadonlyMap<PickleValue, PickleValue>,
  where: string,
): ReadonlyMap<PickleValue, PickleValue> {
  const holding = new Set<PickleValue>([...dictsIn(root)].filter((dict) => tensorsIn(dict).length > 0));
  const inner = [...root].flatMap(([name, value]) =>
    typeof name === 'string' && value instanceof Map && holding.has(value) ? [[name, value] as const] : [],
  );
  const byName = new Map(inner);
  for (const name of WRAPPERS) if (byName.has(name)) return byName.get(name)!;
  if (tensorsIn(root).length > 0 || inner.length === 0) return root;
  if (inner.length === 1) return inner[0]![1];
  throw noWeights(where, `several, ${quoteList(inner.map(([name]) => name))}`);
}

/** The dicts among the values, each once, under however many names it stands. */
function dictsIn(dict: ReadonlyMap<PickleValue, PickleValue>): ReadonlySet<Map<PickleValue, PickleValue>> {
  return new Set([...dict.values()].filter((value) => value instanceof Map));
}

function tensorsIn(dict: ReadonlyMap<PickleValue, PickleValue>): StateDict {
  return [...dict].flatMap(([name, value]) =>
    typeof name === 'string' && value instanceof TorchTensor ? [[name, value] as const] : [],
  );
}

/** The storages of what {@link stateDictIn} may choose: an optimizer's numbers need not be unpacked. */
export function neededStorages(root: PickleValue): ReadonlySet<TorchStorage> {
  const dicts = root instanceof Map ? new Set([root, ...dictsIn(root)]) : [];
  return new Set(
    [...dicts].flatMap((dict) =>
      tensorsIn(dict).flatMap(([, tensor]) => (tensor.isFloating ? [tensor.storage] : [])),
    ),
  );
}

/** The error of a file without weights that a network could take. */
export function noWeights(where: string, received: string): GraftError {
  return new GraftError('weights', {
    where,
    expected: 'one state dict, tensors by name',
    received,
    advice: 'Save the weights alone: torch.save(model.state_dict(), "weights.pth").',
  });
}
