import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findObjectron, readObjectronDetector } from './objectron.ts';

const DETECTOR = '/models/object_detection_ssd_mobilenetv2_oidv4_fp16.tflite';

describe('readObjectronDetector', () => {
  it('finds the detector in the installed package', async () => {
    expect(findObjectron()).toMatch(/objectron$/);
    const file = await readObjectronDetector();
    expect(file.tensors.size).toBe(144);
    const [first] = file.operators;
    expect(first).toMatchObject({ op: 'CONV_2D', window: { padding: 'same', strides: [2, 2] } });
    expect(file.tensors.get(first!.inputs[1]!)!.shape).toEqual([32, 3, 3, 3]);
  });

  it.each([
    [
      'a loader without a list',
      'loadPackage();',
      'weights "@mediapipe/objectron": expected "object_detection_ssd_mobilenetv2_oidv4_fp16.tflite" in the pack, ' +
        'received a pack without it. The file is damaged or of another kind: fetch it again.',
    ],
    [
      'a broken list',
      'loadPackage({"files": [{"filename": 3}]});',
      'weights "@mediapipe/objectron": expected a list of files in objectron_solution_packed_assets_loader.js, ' +
        'received something else. The file is damaged or of another kind: fetch it again.',
    ],
    [
      'a pack that is too short',
      `loadPackage({"files": [{"filename": "${DETECTOR}", "start": 4, "end": 99}]});`,
      'weights "@mediapipe/objectron": expected the detector within 10 bytes of objectron_solution_packed_assets.data, ' +
        'received bytes 4 to 99. The file is damaged or of another kind: fetch it again.',
    ],
    [
      'a place that ends before it begins',
      `loadPackage({"files": [{"filename": "${DETECTOR}", "start": 8, "end": 4}]});`,
      'weights "@mediapipe/objectron": expected the detector within 10 bytes of objectron_solution_packed_assets.data, ' +
        'received bytes 8 to 4. The file is damaged or of another kind: fetch it again.',
    ],
  ])('refuses %s', async (_, loader, message) => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
    try {
      await writeFile(join(folder, 'objectron_solution_packed_assets_loader.js'), loader);
      await writeFile(join(folder, 'objectron_solution_packed_assets.data'), Buffer.alloc(10));
      await expect(readObjectronDetector(folder)).rejects.toThrow(
        expect.objectContaining({ code: 'weights', message }),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
