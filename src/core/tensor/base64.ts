/** @file Bytes as base64 text. */

/** Of one call, which has each byte as an argument; a multiple of 3, so that texts can be joined. */
const BYTES_AT_ONCE = 3 * 2 ** 13;

export function encodeBase64(bytes: Uint8Array): string {
  const texts: string[] = [];
  for (let start = 0; start < bytes.length; start += BYTES_AT_ONCE)
    texts.push(btoa(String.fromCharCode(...bytes.subarray(start, start + BYTES_AT_ONCE))));
  return texts.join('');
}

/** @param text - Base64, nothing else. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = letters.charCodeAt(index);
  return bytes;
}
