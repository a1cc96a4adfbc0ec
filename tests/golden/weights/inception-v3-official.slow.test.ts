import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { PretrainedConfig } from '../../../src/vision/pretrained/pretrained-config.ts';
import { findPretrainedConfig } from '../../../src/vision/pretrained/pretrained-configs.ts';
import { loadBackbone } from '../../../src/node/backbones/load-backbone.ts';
import { fileServer } from '../../support/file-server.ts';
import { temporaryFolder } from '../../support/image-folder.ts';
import { expectSamples, images, run } from '../models/model-inputs.ts';
import keras from './inception_v3_notop.json' with { type: 'json' };

const OFFICIAL_NAME = 'inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5';

it("fetches InceptionV3's file by name, checks its MD5, and gives Keras' numbers at mixed7", async () => {
  const file = brotliDecompressSync(readFileSync(new URL('./inception_v3_notop.h5.br', import.meta.url)));
  expect(file.length).toBe(keras.bytes);
  const server = await fileServer(file);
  const home = await temporaryFolder();
  const official = findPretrainedConfig('inception_v3');
  const { url } = official.weights as { readonly url: string };
  // The official address; only the hash is that of the fixture.
  const pretrainedConfig: PretrainedConfig = { ...official, weights: { url, md5: keras.md5 } };
  const inputShape = [keras.sizePx, keras.sizePx, 3] as const;
  const download = { env: { GRAFT_HOME: home, GRAFT_WEIGHTS_MIRROR: server.origin } };
  const { model } = await loadBackbone(pretrainedConfig, { weights: 'imagenet', inputShape, download });

  expect(server.requests).toEqual([{ path: `/${OFFICIAL_NAME}`, range: undefined }]);
  expect(statSync(join(home, 'weights', OFFICIAL_NAME)).size).toBe(keras.bytes);
  expect(model.countParams().total).toBe(keras.parameters.notop);
  const { output } = model.getLayer(keras.cut);
  const [mixed7] = await run(model, [output], images(2, keras.sizePx, keras.sizePx));
  expectSamples(mixed7!, keras.outputs, 1e-4);

  // The file of the pretrained config itself has another hash: this one is refused.
  const elsewhere = { env: { ...download.env, GRAFT_HOME: await temporaryFolder() } };
  const refused = loadBackbone(official, { weights: 'imagenet', inputShape, download: elsewhere });
  await expect(refused).rejects.toMatchObject({
    code: 'download',
    parts: { expected: 'a file with the MD5 bcbd6486424b2319ff4ef7d526e38f63', received: `one with ${keras.md5}` },
  });
});
