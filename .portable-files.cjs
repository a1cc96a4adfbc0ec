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
  'steps',
  'features',
];

const FILES = {
  weights: [
    'apply',
    'dequantize',
    'own-weights',
    'flatbuffer-table',
    'foreign-files',
    'hdf5-contents',
    'hdf5-file-system',
    'hdf5-layers',
    'keras-archive',
    'keras-hdf5-format',
    'library-memory',
    'model-config',
    'pair-by-place',
    'plain-readers',
    'read-weight-files',
    'safetensors',
    'tfjs-layers',
    'tflite',
    'weight-file',
    'weight-format',
    'weight-formats',
    'weight-readers',
    'download/address',
  ],
  data: [
    'augmentation',
    'augmentation-spec',
    'augmentation-text',
    'augmentation-transform',
    'augmentation-view',
    'image-content',
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
    'report-schema',
    'graft-version',
    'model-info',
    'model-interface',
    'model-output',
    'pixel-classifier',
    'prediction',
  ],
};

/** All of these rooms but what reads folders and files, or loads backbones. */
const ROOMS_WITH_NODE = {
  fit: ['callbacks/csv-logger', 'callbacks/tensorboard'],
  recipe: ['absolute-paths', 'recipe-file'],
  runs: [
    'csv-image-sets',
    'duplicate-report',
    'example-sets',
    'extract-features',
    'fold-sets',
    'image-sets',
    'known-images',
    'model',
    'split-notes',
    'task-csv',
    'train-classifier',
    'train-in-worker',
    'training-call',
    'training-thread',
    'sweep/sweep',
    'sweep/sweep-plan',
    'sweep/sweep-training',
  ],
};

module.exports = [
  `^src/(${ROOMS.join('|')})/`,
  ...Object.entries(ROOMS_WITH_NODE).map(([room, names]) => `^src/${room}/(?!(${names.join('|')})\\.ts$)`),
  ...Object.entries(FILES).map(([room, names]) => `^src/${room}/(${names.join('|')})\\.ts$`),
];
