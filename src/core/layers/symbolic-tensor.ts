/** @file What flows between layers, for the other rooms. A tensor and its layer refer to each other: see layer.ts. */

export type { SymbolicTensor } from './layer.ts';
