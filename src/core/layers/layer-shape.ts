/** @file Shapes as a person sees them. */

/** A shape as Keras shows it: NHWC, null where the size is known only at run time (the batch). */
export type LayerShape = readonly (number | null)[];
