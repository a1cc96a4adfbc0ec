/** @file Files, as pages have them. */

/** Whether it is the content of a file. */
export function isBlob(image: unknown): image is Blob {
  return typeof Blob !== 'undefined' && image instanceof Blob;
}
