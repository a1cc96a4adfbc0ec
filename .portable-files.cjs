/**
 * What runs on any machine: these files import one another, packages that a browser has, and nothing of Node, sharp, a native
 * library or a file system. Patterns of paths; `.dependency-cruiser.cjs` holds them to it, and `tests/e2e/browser-bundle.test.ts`
 * bundles them all for a browser.
 */

const ROOMS = [
  'errors',
  'tensor',
  'graph',
  'autodiff',
  'onnx',
  'layers',
  'losses',
  'optimizers',
  'metrics',
  'evaluation',
  'runtime',
  'kernels',
  'models',
];

const FILES = {
  weights: [
    'apply',
    'dequantize',
    'describe-weights',
    'flatbuffer-table',
    'foreign-files',
    'model-config',
    'pair-by-place',
    'safetensors',
    'tflite',
    'weight-file',
    'download/address',
  ],
  data: [
    'augmentation',
    'augmentation-spec',
    'augmentation-text',
    'augmentation-transform',
    'augmentation-view',
    'image-reader',
    'mixing',
    'image-hash',
    'require-every-class',
    'sample',
  ],
  artifacts: [
    'classifier-file',
    'decode-model-file',
    'encode-model-file',
    'figures-schema',
    'graft-version',
    'model-info',
    'model-interface',
    'model-output',
    'pixel-classifier',
    'prediction',
  ],
};

/** All of `training/` but what reads folders and files, or loads backbones. */
const TRAINING_OF_NODE = [
  'absolute-paths',
  'csv-image-sets',
  'duplicate-report',
  'fold-sets',
  'known-images',
  'model',
  'image-sets',
  'recipe-file',
  'split-notes',
  'train-classifier',
  'callbacks/csv-logger',
  'callbacks/tensorboard',
  'sweep/sweep',
  'sweep/sweep-plan',
  'sweep/sweep-training',
];

module.exports = [
  `^src/(${ROOMS.join('|')})/`,
  `^src/training/(?!(${TRAINING_OF_NODE.join('|')})\\.ts$)`,
  ...Object.entries(FILES).map(([room, names]) => `^src/${room}/(${names.join('|')})\\.ts$`),
];
