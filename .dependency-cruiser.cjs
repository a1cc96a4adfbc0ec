const PORTABLE = require('./.portable-files.cjs');
/** What runs in a browser alone. */
const BROWSER = ['^src/web/', '^src/studio/browser/'];

/** The arrows between the rooms of src/ go one way: a room may import only from rooms on lower tiers, or its own. */
const TIERS = [
  ['core/errors'],
  ['ui'],
  ['core/tensor'],
  ['core/graph'],
  ['core/autodiff', 'core/onnx', 'core/layers', 'core/losses', 'core/optimizers', 'core/metrics'],
  ['core/runtime'],
  ['core/kernels', 'core/weights', 'core/examples'],
  ['core/evaluation', 'core/steps'],
  ['core/features'],
  ['core/fit'],
  ['core/inspection'],
  [
    'vision/augmentation',
    'vision/images',
    'vision/inspection',
    'vision/preprocessing',
    'vision/architectures',
  ],
  ['vision/pretrained'],
  ['vision/backbone', 'vision/modality'],
  ['text/tokenizers', 'text/architectures'],
  ['text/weights', 'text/encoders'],
  ['text/modality', 'text/generation', 'text/inspection'],
  ['text/training', 'text/export', 'text/tables'],
  ['recipe'],
  ['runs'],
  ['artifacts'],
  ['export'],
  ['events', 'report'],
  ['inspection'],
  ['node/files', 'node/threads'],
  [
    'node/runtime',
    'node/download',
    'node/weights',
    'node/images',
    'node/feature-cache',
    'node/callbacks',
    'node/recipe',
  ],
  ['node/backbones', 'node/labels', 'node/text', 'node/data-sets'],
  ['node/training'],
  ['node/inspection'],
  ['node/export'],
  ['node/artifacts'],
  ['use-cases'],
  ['web', 'studio/engine', 'testing'],
  ['studio/project'],
  ['studio/server', 'studio/browser', 'studio/app', 'web-page'],
  ['cli'],
];

/** Arrows inside a tier that the design allows. */
const BESIDE = {
  'core/layers': ['core/onnx'],
  'core/losses': ['core/autodiff'],
  'studio/app': ['studio/browser'],
};

const path = (rooms) => `^src/(${rooms.join('|')})/`;
const below = (tier) => TIERS.slice(0, tier).flat();
/** Which platform it is, one file asks: see `imports` in package.json. */
const PLATFORM = '^src/core/runtime/platform\\.ts$';
const TESTS = '\\.test\\.tsx?$';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...TIERS.flatMap((rooms, tier) =>
      rooms.map((room) => ({
        name: `arrows-of-${room.replace('/', '-')}`,
        severity: 'error',
        from: { path: path([room]), pathNot: [TESTS, PLATFORM] },
        to: { path: '^src/', pathNot: path([room, ...below(tier), ...(BESIDE[room] ?? [])]) },
      })),
    ),
    {
      name: 'texts-know-no-images',
      severity: 'error',
      from: { path: '^src/text/' },
      to: { path: '^src/vision/' },
    },
    {
      name: 'browser-knows-no-node',
      severity: 'error',
      from: { path: '^src/(web|studio/browser)/', pathNot: TESTS },
      to: { path: '^src/node/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pages-know-no-machine',
      comment: 'Types are gone when it runs: what is computed on files, pages ask of the engine.',
      severity: 'error',
      from: { path: '^src/studio/app/', pathNot: TESTS },
      to: { path: '^src/(node|use-cases)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'portable-files-know-no-machine',
      comment: 'What runs on any machine knows no file system and nothing else of Node.',
      severity: 'error',
      from: { path: [...PORTABLE, ...BROWSER], pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'portable-files-need-portable-files',
      comment: 'Types of other files are no need: they are gone when it runs.',
      severity: 'error',
      from: { path: PORTABLE, pathNot: [TESTS, PLATFORM] },
      to: { path: '^src/', pathNot: PORTABLE, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'web-needs-portable-files',
      severity: 'error',
      from: { path: BROWSER, pathNot: TESTS },
      to: { path: '^src/', pathNot: [...PORTABLE, ...BROWSER], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'portable-files-need-no-native-package',
      severity: 'error',
      from: { path: [...PORTABLE, ...BROWSER], pathNot: TESTS },
      to: { path: 'node_modules/(sharp|yauzl|commander|cli-)' },
    },
    {
      name: 'sessions-alone-know-onnxruntime',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/node/runtime/native-sessions\\.ts$', '^src/web/(wasm|webgpu)-sessions\\.ts$'],
      },
      to: { path: 'node_modules/onnxruntime-' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: [
          '\\.d\\.ts$',
          '^src/index\\.ts$',
          '^src/testing/index\\.ts$',
          '^src/core/kernels/assembly/',
        ],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
    exclude: { path: '^src/core/kernels/assembly/' },
  },
};
