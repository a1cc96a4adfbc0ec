/** @file What is told of a training before it starts. */

/** What a training will take: time, memory, disk, and what is wasteful. */
export interface Preflight {
  /** Images of the data. */
  readonly images: { readonly train: number; readonly validation: number; readonly test: number };
  /** One for each phase. */
  readonly phases: readonly PhaseForecast[];
  /** Of all phases. With augmentation, every view of an image counts. */
  readonly features: { readonly total: number; readonly known: number };
  /** At most: training may stop early. */
  readonly seconds: { readonly features: number; readonly training: number };
  readonly memoryBytes: {
    /** Features that lie in memory. */
    readonly features: number;
    /** Weights that are trained, their copies, and what the optimizer keeps of them. */
    readonly weights: number;
    /** What a step holds for its batch, where more than the head is trained. */
    readonly step: number;
    /** What the largest image takes while it is decoded; 0 where none is large. */
    readonly decoding: number;
    /** All of the process at its peak, about. */
    readonly total: number;
  };
  readonly diskBytes: { readonly cache: number; readonly model: number; readonly checkpoints: number };
  /** Choices that are wasteful for sure. */
  readonly warnings: readonly Warning[];
}

/** What a phase of training will take. */
export interface PhaseForecast {
  /** The backbone's layer that training begins at; null for the head alone. */
  readonly unfreeze: string | null;
  /** The rank of the adapters that are trained, if some are. */
  readonly lora?: number | undefined;
  readonly trainable: number;
  /** Numbers in one image's features. */
  readonly featureNumbers: number;
  readonly features: { readonly total: number; readonly known: number };
  /** At most. */
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly seconds: {
    readonly features: number;
    readonly step: number;
    readonly epoch: number;
    readonly training: number;
  };
}

/** A choice that is wasteful for sure, with a better one. */
export interface Warning {
  readonly code:
    | 'large-flatten'
    | 'large-head'
    | 'batch'
    | 'views'
    | 'slow-unfreeze'
    | 'learning-rate'
    | 'unequal-classes'
    | 'size'
    | 'small-validation';
  /** What is wasteful, and what would be better. */
  readonly text: string;
}
