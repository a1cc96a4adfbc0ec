/** @file The program of the page that `webgpu.test.ts` opens: a classifier that a graphics card may answer for. */

import { createWebRuntime, PixelClassifier, type ProcessorChoice } from '../../dist/web/index.js';

/** What the test asks the page for. */
export interface WebgpuPage {
  /**
   * Probabilities of all images before it is chosen who answers, and after.
   *
   * @param pretends - Gives the page a clock that runs faster and faster, so that what is measured first seems faster.
   */
  answers(request: {
    model: string;
    pixels: string;
    count: number;
    pretends: boolean;
  }): Promise<WebgpuAnswers>;
}

export interface WebgpuAnswers {
  readonly before: readonly number[];
  readonly choice: ProcessorChoice;
  readonly after: readonly number[];
}

async function fetchBytes(name: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(`/files/${name}`)).arrayBuffer());
}

const webgpu: WebgpuPage = {
  async answers({ model, pixels, count, pretends }) {
    let [ticks, reads] = [0, 0];
    if (pretends) performance.now = () => (ticks += ++reads);
    let choose: (choice: ProcessorChoice) => void;
    const chosen = new Promise<ProcessorChoice>((resolve) => {
      choose = resolve;
    });
    const runtime = createWebRuntime({
      wasmFolder: '/ort/',
      kernelFolder: '/kernels/',
      threads: 1,
      webgpu: { load: () => import('onnxruntime-web/webgpu'), onChoice: (choice) => choose(choice) },
    });
    const classifier = await PixelClassifier.load(await fetchBytes(model), { runtime });
    const images = await fetchBytes(pixels);
    const before = [...(await classifier.predictPixels(images, count))];
    const choice = await chosen;
    const after = [...(await classifier.predictPixels(images, count))];
    await classifier.dispose();
    return { before, choice, after };
  },
};

Object.assign(globalThis, { webgpu });
