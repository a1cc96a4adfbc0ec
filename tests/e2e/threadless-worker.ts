/** @file The program of a worker that trains, in a browser that loses every worker which is started there. */

import '../../dist/web/training-worker.js';

class LostWorker {
  onmessage = null;
  onerror = null;
  postMessage(): void {}
  terminate(): void {}
}

Object.assign(globalThis, { Worker: LostWorker });
