/**
 * @file The checksum of a model file: the SHA-256 of all its bytes before it, as the last entry of its metadata, so that
 * it covers operators, weights and metadata, and is the file's last 64 bytes.
 */

import { GraftError } from '../errors/graft-error.ts';
import type { Graph } from '../graph/graph.ts';
import { type EncodeOptions, encodeModelParts } from '../onnx/encoder.ts';
import { platform } from '../runtime/platform.ts';

/** Key of the metadata entry. */
export const CHECKSUM_KEY = 'graft_sha256';

const DIGITS = 64;

/**
 * The bytes of a model with its checksum, in parts, see `encodeModelParts`.
 *
 * @param onSha256 - Hears the SHA-256 of all of them: to hash a large file twice takes as long as to train a small head.
 */
export function encodeWithChecksum(
  graph: Graph,
  options: EncodeOptions,
  onSha256?: (hex: string) => void,
): Uint8Array[] {
  const metadata = { ...options.metadata, [CHECKSUM_KEY]: '0'.repeat(DIGITS) };
  const parts = encodeModelParts(graph, { ...options, metadata });
  // Metadata are a model's last field, and their last entry is the last that was given.
  const last = parts.at(-1)!;
  const place = last.subarray(last.length - DIGITS);
  const hash = platform.sha256();
  for (const part of parts.slice(0, -1)) hash.update(part);
  hash.update(last.subarray(0, last.length - DIGITS));
  place.set(new TextEncoder().encode(hash.hexSoFar()));
  onSha256?.(hash.update(place).hex());
  return parts;
}

/**
 * Compares the bytes of a file with its checksum.
 *
 * @param where - The file, for messages: `model "model.onnx"`.
 * @returns Whether it has one: other programs' models have none, nor have those of older versions.
 * @throws {GraftError} `model-file`, if it does not fit.
 */
export function verifyChecksum(where: string, bytes: Uint8Array): boolean {
  const place = Math.max(0, bytes.length - DIGITS);
  const said = String.fromCharCode(...bytes.subarray(place));
  if (!/^[0-9a-f]{64}$/.test(said)) return false;
  const digest = platform.sha256().update(bytes.subarray(0, place)).hex();
  if (digest !== said) throw checksumError(where);
  return true;
}

export function checksumError(where: string): GraftError {
  return new GraftError('model-file', {
    where,
    expected: 'the bytes that its checksum was computed from',
    received: 'others: the file was damaged, or changed, after it was written',
    advice: 'Copy it again from where it is whole, or train again.',
  });
}
