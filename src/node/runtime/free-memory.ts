/** @file Frees memory at once that a garbage collector would free much later: it goes by the objects, beside which buffers may be large. */

/** The bytes are gone: their array is empty from now on. */
export function freeBuffer({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  // What is sent to a channel that closes is nobody's.
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(buffer, [buffer]);
  port1.close();
  port2.close();
}

/**
 * Frees what nobody refers to, moves the rest together and gives the system back what is empty: what a developer's tools do at the press of
 * a button. V8's own collections keep up to 20 MB of empty pages; `gc` of `--expose-gc` does as well.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#method-collectGarbage
 */
export async function collectGarbage(): Promise<void> {
  // A Node that was built without its tools collects when it likes.
  if (!process.features.inspector) return;
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connect();
  // What it could say of a failure would help nobody.
  await new Promise<void>((resolve) => session.post('HeapProfiler.collectGarbage', () => resolve()));
  session.disconnect();
}
