/** @file What identifies an image whatever its name: the hash of its bytes. */

export {
  type ContentHashes as ImageHashes,
  emptyHashes,
  HASH_BYTES,
  hashAt,
  isHashed,
} from '../../core/examples/content-hashes.ts';
