import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import torchNetworks from '../../../tests/golden/models/torch_networks.json' with { type: 'json' };
import { torchFile } from '../../../tests/golden/models/torch-formula-file.ts';
import { fileServer } from '../../../tests/support/file-server.ts';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { kerasLegacyFile } from '../../../tests/support/keras-file.ts';
import { needs } from '../../../tests/support/needs.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { writeSafetensors } from '../../core/weights/safetensors.ts';
import { mobileNetV2 } from '../../vision/architectures/mobilenet-v2.ts';
import type { PretrainedConfig } from '../../vision/pretrained/pretrained-config.ts';
import { findPretrainedConfig, pretrainedConfigs } from '../../vision/pretrained/pretrained-configs.ts';
import { pretrainedWeightsPath } from '../download/pretrained-weights.ts';
import { isBackboneAvailable } from './backbone-availability.ts';
import { loadBackbone } from './load-backbone.ts';

const QUANTIZED = '../shared/weights/mobilenet_v2_1.0_224_quant.tflite';
const TEACHABLE = '../shared/weights/teachable-machine-mobilenet_v2_0.35';
const SMALL = [32, 32, 3] as const;

/** No weights, no mirror: a cache folder of its own. */
async function surroundings(mirror?: string): Promise<{ env: Record<string, string> }> {
  const home = await temporaryFolder();
  return { env: { GRAFT_HOME: home, ...(mirror === undefined ? {} : { GRAFT_WEIGHTS_MIRROR: mirror }) } };
}

/** Official weights of a small network, and a pretrained config that has their hash. */
async function officialWeights(): Promise<{
  file: Buffer;
  md5: string;
  pretrainedConfig: PretrainedConfig;
  kernel: Float32Array;
}> {
  const model = mobileNetV2({ inputShape: SMALL, alpha: 0.35 });
  model.initialize({ seed: 7 });
  const file = await kerasLegacyFile(model);
  const md5 = createHash('md5').update(file).digest('hex');
  const pretrainedConfig = {
    ...findPretrainedConfig('mobilenet_v2_035'),
    weights: { url: 'https://graft.invalid/keras/mobilenet_v2_0.35_no_top.h5', md5 },
  };
  return { file, md5, pretrainedConfig, kernel: model.getLayer('block_16_project').weight('kernel').value };
}

async function kernelOf(loaded: ReturnType<typeof loadBackbone>): Promise<Float32Array> {
  return (await loaded).model.getLayer('block_16_project').weight('kernel').value;
}

describe('loadBackbone', () => {
  it('loads the default from the installed package', async () => {
    const { model, pretrainedConfig, cut, preprocessing } = await loadBackbone('mobilenet_v2_openimages');
    expect(pretrainedConfig).toBe(pretrainedConfigs[0]);
    expect(model.input.shape).toEqual([null, 224, 224, 3]);
    expect(cut).toBe('block_15_add');
    expect(preprocessing).toEqual({ scale: 1 / 127.5, offset: -1 });
    expect(model.weights.every(({ weight }) => weight.materialized)).toBe(true);
  });

  it('leaves what lies behind the cut without weights, if asked to', async () => {
    const weights = join(await temporaryFolder(), 'mobilenet.h5');
    await writeFile(weights, (await officialWeights()).file);
    const { model } = await loadBackbone('mobilenet_v2_035', {
      ...{ weights, inputShape: SMALL, cut: 'block_2_add', upToCut: true },
    });
    const withNumbers = model.weights.filter(({ weight }) => weight.materialized);
    const { length } = withNumbers;
    expect(withNumbers.map(({ name }) => name)).toEqual(
      model.weights.slice(0, length).map(({ name }) => name),
    );
    expect(withNumbers.at(-1)?.name).toBe('block_2_project_BN/moving_variance');
  });

  it('draws the same random weights for the same seed', async () => {
    const first = async (seed: number): Promise<number[]> => {
      const options = { weights: 'random', seed, inputShape: SMALL } as const;
      const { model } = await loadBackbone('mobilenet_v2_openimages', options);
      return [...model.getLayer('Conv1').weight('kernel').value.slice(0, 4)];
    };
    expect(await first(1)).toEqual(await first(1));
    expect(await first(1)).not.toEqual(await first(2));
  });

  it('refuses a cut that is no layer', async () => {
    await expect(loadBackbone('inception_v3', { weights: 'random', cut: 'mixed77' })).rejects.toThrow(
      withMessage(
        'model "inception_v3": expected the name of a layer, received "mixed77". ' +
          'The nearest names are "mixed7", "mixed0", "mixed1".',
      ),
    );
  });

  it('refuses images that are too small', async () => {
    await expect(
      loadBackbone('inception_v3', { weights: 'random', inputShape: [74, 80, 3] }),
    ).rejects.toThrow(
      withMessage(
        'inceptionV3: expected images of at least 75 x 75 px, received 74 x 80 px with 3 channels. ' +
          'Use a size from 75 px on.',
      ),
    );
  });
});

describe('networks of torchvision', () => {
  const NAME = 'torchvision:mobilenet_v3_small';
  const { tensors } = torchNetworks.networks.mobilenet_v3_small;

  function torchWeights(): Buffer {
    return Buffer.from(writeSafetensors(torchFile(tensors).tensors as Map<string, Tensor<'float32'>>));
  }

  const meanOf = async (loaded: ReturnType<typeof loadBackbone>): Promise<Float32Array> =>
    (await loaded).model.getLayer('conv_bn').weight('moving_mean').value;

  it('are fetched by their name, checked by the digits in the name of the file, and used', async () => {
    const file = torchWeights();
    const sha256 = createHash('sha256').update(file).digest('hex');
    const start = sha256.slice(0, 8);
    const server = await fileServer(file);
    const { env } = await surroundings(server.origin);
    const weights = { url: `https://graft.invalid/net-${start}.safetensors`, sha256Start: start };
    const config = { ...findPretrainedConfig(NAME), weights };
    const notes: string[] = [];
    const download = { env, onNote: (note: string) => notes.push(note) };
    const loaded = await loadBackbone(config, { inputShape: SMALL, download });
    expect(loaded.pretrainedConfig).toBe(config);
    expect(loaded.preprocessing).toEqual(findPretrainedConfig('densenet121').preprocessing);
    expect(loaded.cut).toBe('activation_17');
    expect(notes.map((note) => note.slice(0, 11))).toEqual(['The SHA-256']);
    const asFile = torchFile(tensors).tensors.get('features.0.1.running_mean')!.data;
    expect(loaded.model.getLayer('conv_bn').weight('moving_mean').value).toEqual(asFile);
    expect(await meanOf(loadBackbone(config, { inputShape: SMALL, weights: 'imagenet', download }))).toEqual(
      asFile,
    );
    expect(server.requests.map(({ path }) => path)).toEqual([`/net-${start}.safetensors`]);

    const other = { ...config, weights: { ...weights, sha256Start: '00000000' } };
    const fresh = await surroundings(server.origin);
    await expect(loadBackbone(other, { inputShape: SMALL, download: fresh })).rejects.toMatchObject({
      code: 'download',
      parts: { expected: 'a file with the SHA-256 that begins with 00000000' },
    });
  });

  it('take the weights of a file, if it is of the same network', async () => {
    const weights = join(await temporaryFolder(), 'net.safetensors');
    await writeFile(weights, torchWeights());
    const { pretrainedConfig } = await loadBackbone(NAME, { weights, inputShape: SMALL });
    expect([pretrainedConfig.id, pretrainedConfig.trainedOn]).toEqual([NAME, 'unknown']);
    await expect(loadBackbone('torchvision:resnet18', { weights, inputShape: SMALL })).rejects.toThrow(
      withMessage(
        'weights "net.safetensors": expected weights of torchvision:resnet18, received those of mobilenet_v3_small, as PyTorch builds it. Give the file itself as the backbone.',
      ),
    );
    await expect(loadBackbone('mobilenet_v3_small', { weights, inputShape: SMALL })).rejects.toThrow(
      withMessage(
        'weights "net.safetensors": expected weights of mobilenet_v3_small, as Keras builds it, received those of mobilenet_v3_small, as PyTorch builds it. Give the file itself as the backbone.',
      ),
    );
  });

  it('are joined with others', async () => {
    const { parts } = await loadBackbone(`${NAME},mobilenet_v2_openimages`, { weights: 'random' });
    expect(parts?.map(({ pretrainedConfig }) => pretrainedConfig.id)).toEqual([
      NAME,
      'mobilenet_v2_openimages',
    ]);
  });
});

describe('weights by name', () => {
  it('are fetched once, checked, and used', async () => {
    const { file, pretrainedConfig, kernel } = await officialWeights();
    const server = await fileServer(file);
    const { env } = await surroundings(server.origin);
    expect(isBackboneAvailable(pretrainedConfig, { env })).toBe(false);
    const received: number[] = [];
    const download = {
      env,
      onProgress: ({ receivedBytes }: { receivedBytes: number }) => received.push(receivedBytes),
    };
    const options = { weights: 'imagenet', inputShape: SMALL, download } as const;
    const { pretrainedConfig: used, cut } = await loadBackbone(pretrainedConfig, options);
    expect([used.license, used.trainedOn, cut]).toEqual(['Apache-2.0', 'ImageNet', 'out_relu']);
    expect(received.at(-1)).toBe(file.length);
    expect(isBackboneAvailable(pretrainedConfig, { env })).toBe(true);

    const offline = { env: { GRAFT_HOME: env['GRAFT_HOME'] } };
    expect(await kernelOf(loadBackbone(pretrainedConfig, { ...options, download: offline }))).toEqual(kernel);
    expect(await kernelOf(loadBackbone(pretrainedConfig, { inputShape: SMALL, download: offline }))).toEqual(
      kernel,
    );
    expect(server.requests.map(({ path }) => path)).toEqual(['/mobilenet_v2_0.35_no_top.h5']);
  });

  it('are refused with another hash', async () => {
    const { file, pretrainedConfig, md5 } = await officialWeights();
    const server = await fileServer(Buffer.concat([file, Buffer.of(0)]));
    const download = await surroundings(server.origin);
    await expect(
      loadBackbone(pretrainedConfig, { weights: 'imagenet', inputShape: SMALL, download }),
    ).rejects.toMatchObject({ code: 'download', parts: { expected: `a file with the MD5 ${md5}` } });
    expect(isBackboneAvailable(pretrainedConfig, download)).toBe(false);
  });

  it('reach no network unless they are asked for', async () => {
    const { pretrainedConfig } = await officialWeights();
    const server = await fileServer(Buffer.of());
    const download = await surroundings(server.origin);
    const message =
      'backbone "mobilenet_v2_035": expected its weights on this machine, received none. ' +
      'Let them be fetched once with --weights imagenet (weights: "imagenet"), ' +
      'or give a file or an address with --weights FILE.';
    await expect(loadBackbone(pretrainedConfig, { inputShape: SMALL, download })).rejects.toThrow(
      withMessage(message),
    );
    // A damaged file is not the weights, and not removed either.
    const path = pretrainedWeightsPath(pretrainedConfig.weights as { url: string }, download);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, 'damaged');
    await expect(loadBackbone(pretrainedConfig, { inputShape: SMALL, download })).rejects.toThrow(
      withMessage(
        message.replace('received none', `received another file, or one that no hash vouches for, "${path}"`),
      ),
    );
    expect(existsSync(path)).toBe(true);
    expect(server.requests).toEqual([]);
  });

  it('are fetched only when all else fits', async () => {
    const { file, pretrainedConfig } = await officialWeights();
    const server = await fileServer(file);
    const download = await surroundings(server.origin);
    const options = { weights: 'imagenet', inputShape: SMALL, cut: 'nowhere', download } as const;
    await expect(loadBackbone(pretrainedConfig, options)).rejects.toMatchObject({ code: 'layer-not-found' });
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['a page to log in', (file: Buffer) => Buffer.concat([Buffer.from('<html>Log in</html>'), file])],
    ['a file that was cut', (file: Buffer) => file.subarray(0, file.length / 2)],
  ])('do not stay for ever where %s came instead', async (_, spoil) => {
    const { file, pretrainedConfig, kernel } = await officialWeights();
    const server = await fileServer(spoil(file));
    const download = { ...(await surroundings(server.origin)), trust: true };
    const unpublished = { ...pretrainedConfig, weights: { url: 'https://graft.invalid/keras/base.h5' } };
    const options = { weights: 'imagenet', inputShape: SMALL, download } as const;
    const error: Error = await loadBackbone(unpublished, options).catch((thrown) => thrown);
    expect(error.message).toMatch(
      /It came from "http:\/\/127\.0\.0\.1:\d+\/base\.h5" and was removed from ".+-base\.h5": the next run fetches it again\.$/,
    );
    server.content = file;
    expect(await kernelOf(loadBackbone(unpublished, options))).toEqual(kernel);
    const later = { ...options, download: { env: download.env } };
    expect(await kernelOf(loadBackbone(unpublished, later))).toEqual(kernel);
    expect(server.requests).toHaveLength(2);
  });

  it('are not had for the packaged ones', async () => {
    const loaded = loadBackbone('mobilenet_v2_openimages', { weights: 'imagenet', inputShape: SMALL });
    await expect(loaded).rejects.toThrow(
      withMessage(
        'backbone "mobilenet_v2_openimages": expected weights that are a file, or none for its own, ' +
          'received "imagenet". Its own are trained on something else. With weights of ImageNet, there is "mobilenet_v2".',
      ),
    );
  });
});

describe('weights from a file or an address', () => {
  it('are fetched from an address, as weights or as the backbone', async () => {
    const { file, pretrainedConfig, kernel } = await officialWeights();
    const server = await fileServer(file);
    const download = await surroundings();
    const address = `${server.origin}/own.h5`;
    const options = { weights: address, inputShape: SMALL, download } as const;
    expect(await kernelOf(loadBackbone(pretrainedConfig, options))).toEqual(kernel);
    const found = await loadBackbone(address, { inputShape: SMALL, download });
    expect(found.pretrainedConfig).toMatchObject({
      id: 'mobilenet_v2_035',
      title: 'MobileNetV2 0.35 from a file',
      trainedOn: 'unknown',
      license: 'unknown',
    });
    expect(found.pretrainedConfig.weights).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  it('take the place of the packaged ones, whatever their width', async () => {
    const { file, kernel } = await officialWeights();
    const path = join(await temporaryFolder(), 'own.h5');
    await writeFile(path, file);
    const loaded = loadBackbone('mobilenet_v2_openimages', { weights: path, inputShape: SMALL });
    expect(await kernelOf(loaded)).toEqual(kernel);
    expect((await loaded).pretrainedConfig).toMatchObject({ id: 'mobilenet_v2_035', license: 'unknown' });
  });

  it('are refused for another width or another network', async () => {
    const { file } = await officialWeights();
    const path = join(await temporaryFolder(), 'own.h5');
    await writeFile(path, file);
    await expect(loadBackbone('mobilenet_v2', { weights: path })).rejects.toThrow(
      withMessage(
        'weights "own.h5": expected weights of mobilenet_v2, received those of mobilenet_v2_035. ' +
          'Give the file itself as the backbone.',
      ),
    );
    await expect(loadBackbone('resnet50', { weights: path })).rejects.toThrow(
      withMessage(
        'weights "own.h5": expected weights of resnet50, received those of mobilenet_v2. ' +
          'Give the file itself as the backbone.',
      ),
    );
    await expect(loadBackbone(path, { weights: 'imagenet', inputShape: SMALL })).rejects.toMatchObject({
      code: 'argument',
    });
  });

  it('are refused of a network that is not known', async () => {
    await expect(loadBackbone('tests/golden/weights/keras_legacy.h5')).rejects.toThrow(
      withMessage(
        'weights "keras_legacy.h5": expected weights of a network that graft backbones lists, ' +
          'received 11 tensors of another network. If it is one of them with layers of your own, ' +
          'name it as the backbone and give the file as its weights.',
      ),
    );
  });

  it('are read from a quantized TFLite file', needs.file(QUANTIZED), async () => {
    const { model, pretrainedConfig } = await loadBackbone(QUANTIZED);
    expect(pretrainedConfig).toMatchObject({
      id: 'mobilenet_v2',
      alpha: 1,
      parameters: 2_257_984,
      license: 'unknown',
    });
    expect(model.weights.every(({ weight }) => weight.materialized)).toBe(true);
  });

  it('are read from a TensorFlow.js model', needs.file(TEACHABLE), async () => {
    const { model, pretrainedConfig } = await loadBackbone(TEACHABLE);
    expect(pretrainedConfig).toMatchObject({ id: 'mobilenet_v2_035', alpha: 0.35, parameters: 410_208 });
    expect(model.weights.every(({ weight }) => weight.materialized)).toBe(true);
  });
});
