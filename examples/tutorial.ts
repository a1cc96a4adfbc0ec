/**
 * @file The program of docs/tutorial.md, which shows it region by region; tools/make-tutorial.ts records what it prints.
 *
 *     npx tsx examples/tutorial.ts
 *
 * It takes its images from data/horses-or-humans: `npx graft data get horses-or-humans` fetches them.
 */

// #region imports
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import {
  curvesPlot,
  earlyStopping,
  exportFunctional,
  imageDatasetFromDirectory,
  layers,
  loadBackbone,
  losses,
  model,
  optimizers,
  parseAugmentation,
  saveModel,
  wilsonInterval,
} from 'graft-ml';

// #endregion

// #region data
const look = { imageSize: [160, 160], batchSize: 20 } as const;
const train = await imageDatasetFromDirectory('data/horses-or-humans/train', look);
const validation = await imageDatasetFromDirectory('data/horses-or-humans/val', look);

console.log('classes:', train.classNames);
console.log(train.samples.length, 'images to train on,', validation.samples.length, 'to validate');
// #endregion

// #region network
const { model: base, preprocessing } = await loadBackbone('mobilenet_v2_openimages', {
  inputShape: [160, 160, 3],
});
console.log(base.summary());
// #endregion

// #region freeze
base.trainable = false;
console.log(base.countParams());
// #endregion

// #region cut
const cut = base.getLayer('block_15_add').output;
console.log(cut.shape);
// #endregion

// #region head
let x = layers.flatten().apply(cut);
x = layers.dense({ units: 1024, activation: 'relu' }).apply(x);
x = layers.dropout({ rate: 0.2 }).apply(x);
x = layers.dense({ units: 1, activation: 'sigmoid' }).apply(x);

const classifier = model({ inputs: base.inputs, outputs: x, preprocessing });
console.log(classifier.summary());
// #endregion

// #region compile
classifier.compile({
  optimizer: optimizers.rmsprop({ learningRate: 1e-4 }),
  loss: losses.binaryCrossentropy(),
  metrics: ['accuracy'],
});
// #endregion

// #region augmentation
const augmentation = parseAugmentation('rotation:40,shift:0.2,shear:0.2,zoom:0.2,flip');
console.log(augmentation);
// #endregion

// #region fit
const best = earlyStopping({ patience: Number.POSITIVE_INFINITY, restoreBestWeights: true });

const { epochs } = await classifier.fit(train, {
  epochs: 40,
  validationData: validation,
  augmentation,
  callbacks: [
    best,
    {
      onEpochEnd({ epoch, logs: { loss, accuracy, val_loss, val_accuracy } }) {
        const training = `loss ${loss?.toFixed(4)}  accuracy ${accuracy?.toFixed(4)}`;
        const validating = `val_loss ${val_loss?.toFixed(4)}  val_accuracy ${val_accuracy?.toFixed(4)}`;
        console.log(`epoch ${String(epoch).padStart(2)}  ${training}  ${validating}`);
      },
    },
  ],
});
console.log('best epoch:', best.bestEpoch);
// #endregion

// #region curves
await writeFile('curves.svg', curvesPlot(epochs, best.bestEpoch));
// #endregion

// #region evaluate
const { loss, accuracy = 0 } = await classifier.evaluate(validation);
console.log('loss', loss, 'accuracy', accuracy);

const count = validation.samples.length;
console.log('95 % interval:', wilsonInterval(Math.round(accuracy * count), count));
// #endregion

// #region predict
const some = validation.samples.filter((_, i) => i % 32 === 16).map(({ file }) => file);
const predictions = await classifier.predict(some);

for (const [i, [p = 0]] of predictions.entries()) {
  console.log(relative('.', some[i]!), p.toPrecision(3), train.classNames[p > 0.5 ? 1 : 0]);
}
// #endregion

// #region doubtful
const all = await classifier.predict(validation);
const evaluated = validation.samples.map(({ file, label }, i) => ({ file, label, p: all[i]![0]! }));
const doubtful = evaluated.toSorted((a, b) => Math.abs(b.p - b.label) - Math.abs(a.p - a.label));

for (const { file, p } of doubtful.slice(0, 7)) {
  console.log(relative('.', file), p.toPrecision(3), train.classNames[p > 0.5 ? 1 : 0]);
}
// #endregion

// #region save
await saveModel(classifier, 'horses-or-humans.onnx', { classNames: train.classNames });
// #endregion

// #region export
await exportFunctional(classifier, {
  format: 'keras',
  out: 'horses-or-humans.keras',
  preprocessing,
  labels: train.classNames,
});
// #endregion
