/** The arrows between the rooms of src/ go one way: a room may import only from rooms on lower tiers, or its own. */
const TIERS = [
  ['errors'],
  ['tensor'],
  ['graph'],
  ['files'],
  ['autodiff', 'onnx', 'layers', 'losses', 'optimizers', 'metrics', 'weights'],
  ['models', 'data', 'runtime', 'kernels'],
  ['training', 'evaluation', 'artifacts'],
  ['cli', 'testing'],
];

/** Arrows inside a tier that the design allows. */
const BESIDE = {
  layers: ['onnx'],
  runtime: [],
  models: ['data'],
  training: ['evaluation'],
  artifacts: ['evaluation', 'training'],
};

const path = (rooms) => `^src/(${rooms.join('|')})/`;
const below = (tier) => TIERS.slice(0, tier).flat();
const PURE = ['tensor', 'graph', 'autodiff', 'onnx', 'layers', 'losses', 'optimizers', 'metrics'];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...TIERS.flatMap((rooms, tier) =>
      rooms.map((room) => ({
        name: `arrows-of-${room}`,
        severity: 'error',
        from: { path: path([room]), pathNot: '\\.test\\.ts$' },
        to: { path: '^src/', pathNot: path([room, ...below(tier), ...(BESIDE[room] ?? [])]) },
      })),
    ),
    {
      name: 'pure-rooms-know-no-machine',
      comment: 'Pure rooms know no file system, clock or ONNX Runtime.',
      severity: 'error',
      from: { path: path(PURE), pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-rooms-know-no-files',
      severity: 'error',
      from: { path: path(PURE), pathNot: '\\.test\\.ts$' },
      to: { path: '^src/files/' },
    },
    {
      name: 'only-runtime-knows-onnxruntime',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/runtime/' },
      to: { path: 'node_modules/onnxruntime-' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: ['\\.d\\.ts$', '^src/index\\.ts$', '^src/testing/index\\.ts$', '^src/kernels/assembly/'],
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
    exclude: { path: '^src/kernels/assembly/' },
  },
};
