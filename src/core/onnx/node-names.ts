/** @file What a node of a file names: its domain, and its inputs and outputs. */

import type { NodeProto } from './onnx_pb.ts';

/** Whether its operator is one of ONNX itself. */
export function isOnnxDomain({ domain }: NodeProto): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/** Without the absent ones at the end. */
export function trimmed(names: readonly string[]): string[] {
  const last = names.findLastIndex((name) => name !== '');
  return names.slice(0, last + 1);
}
