/** @file Frees memory at once that a garbage collector would free much later: it goes by the objects, beside which a buffer may be large. */

/** The bytes are gone: their array is empty from now on. */
export function freeBuffer({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  // What is sent to a channel that closes is nobody's.
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(buffer, [buffer]);
  port1.close();
  port2.close();
}
