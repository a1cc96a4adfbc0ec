/**
 * @file Transfer learning step by step: InceptionV3, frozen, cut at mixed7, a head of one's own.
 *
 *     npx tsx examples/horses-or-humans.ts DATA [WEIGHTS] [EPOCHS]
 *
 * DATA has train/ and val/ (`npx graft data get horses-or-humans` fetches them). WEIGHTS is `imagenet`, which downloads
 * Keras' file once, a Keras file, or `random`, which learns little but shows every step.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  model as createModel,
  curvesPlot,
  earlyStopping,
  imageDatasetFromDirectory,
  layers,
  loadBackbone,
  losses,
  optimizers,
  preprocessing,
} from 'graft-ml';

const [data = 'data/horses-or-humans', weights = 'imagenet', epochs = '40'] = process.argv.slice(2);

// The pretrained network, without its top.
const { model: base } = await loadBackbone('inception_v3', { inputShape: [150, 150, 3], weights });
console.log(base.summary());

// Freeze it, and cut it at a named layer.
base.trainable = false;
const mixed7 = base.getLayer('mixed7').output;
console.log('mixed7:', mixed7.shape);

// A head of our own.
let x = layers.flatten().apply(mixed7);
x = layers.dense({ units: 1024, activation: 'relu' }).apply(x);
x = layers.dropout({ rate: 0.2 }).apply(x);
x = layers.dense({ units: 1, activation: 'sigmoid' }).apply(x);
const model = createModel({ inputs: base.inputs, outputs: x, preprocessing: preprocessing.zeroToOne });
model.compile({
  optimizer: optimizers.rmsprop({ learningRate: 1e-4 }),
  loss: losses.binaryCrossentropy(),
  metrics: ['accuracy'],
});

// The images, one folder a class; 20 to a batch.
const look = { imageSize: [150, 150], batchSize: 20 } as const;
const train = await imageDatasetFromDirectory(join(data, 'train'), look);
const validation = await imageDatasetFromDirectory(join(data, 'val'), look);

// Train on augmented images, validate on plain ones, keep the best epoch.
const { epochs: records, history } = await model.fit(train, {
  epochs: Number(epochs),
  validationData: validation,
  augmentation: 'geometric',
  callbacks: [
    earlyStopping({ patience: Number.POSITIVE_INFINITY, restoreBestWeights: true }),
    { onEpochEnd: ({ epoch, logs }) => console.log(`epoch ${epoch}`, logs) },
  ],
});
console.log('best validation accuracy:', Math.max(...(history['val_accuracy'] ?? [])));
console.log('kept:', await model.evaluate(validation));

// The curves as an image, and single images.
await writeFile('horses-or-humans.svg', curvesPlot(records, 0));
const some = validation.samples.filter((_, index) => index % 50 === 0).map(({ file }) => file);
for (const [index, [probability = 0]] of (await model.predict(some)).entries()) {
  const [first, second] = train.classNames;
  console.log(some[index], probability, probability > 0.5 ? second : first);
}
