/**
 * @file The last part of docs/tutorial.md: the same classifier on InceptionV3, as the textbook has it.
 *
 *     npx tsx examples/tutorial-inception.ts [WEIGHTS]
 *
 * WEIGHTS is `imagenet`, which downloads Keras' file once, a file, or `random`: enough for the summary.
 */

import { layers, loadBackbone, model, preprocessing } from 'graft-ml';

const [weights = 'imagenet'] = process.argv.slice(2);

// #region inception
const { model: base } = await loadBackbone('inception_v3', { inputShape: [150, 150, 3], weights });
console.log(base.summary());
// #endregion

// #region mixed7
base.trainable = false;
const cut = base.getLayer('mixed7').output;
console.log(cut.shape);
// #endregion

// #region inception-head
let x = layers.flatten().apply(cut);
x = layers.dense({ units: 1024, activation: 'relu' }).apply(x);
x = layers.dropout({ rate: 0.2 }).apply(x);
x = layers.dense({ units: 1, activation: 'sigmoid' }).apply(x);

const classifier = model({ inputs: base.inputs, outputs: x, preprocessing: preprocessing.zeroToOne });
console.log(classifier.summary());
// #endregion
