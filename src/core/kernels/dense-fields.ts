/**
 * @file Where things stand in the memory that the dense kernel and its TypeScript face share: byte offsets within
 * the control block, a layer's record and the optimizer's record. Compiled by TypeScript and by AssemblyScript.
 */

/** Control block: how the threads agree on what to do. Offsets from its start. */
export const CONTROL_EPOCH = 0;
export const CONTROL_QUIT = 4;
/** 64 bits: the epoch in the high half, the next task in the low half, so that a late thread claims nothing stale. */
export const CONTROL_CURSOR = 8;
export const CONTROL_TASKS = 16;
export const CONTROL_COMPLETED = 20;
export const CONTROL_JOB = 24;
export const CONTROL_LAYER = 28;
export const CONTROL_OPTIMIZER = 32;
export const CONTROL_FAILED = 36;
export const CONTROL_TRAINING = 40;
/** How often a thread looks for work before it sleeps. */
export const CONTROL_SPINS = 44;
export const CONTROL_BYTES = 128;

/** What a job does; a task is its unit that one thread claims. */
export const JOB_LISTS = 1;
export const JOB_FORWARD = 2;
export const JOB_BACKWARD = 3;
/** Moving averages of the weights. */
export const JOB_AVERAGE = 4;
/** Lists of the batch that comes next, while the present one's are still needed. */
export const JOB_NEXT_LISTS = 5;
/** {@link JOB_BACKWARD}, and with every row's new weights the next batch's sums: weights pass through memory once a step. */
export const JOB_BACKWARD_FORWARD = 6;
/** What is left of {@link JOB_FORWARD} where the sums are there. */
export const JOB_ACTIVATE = 7;
/** Numbers of slots that are too small to matter become 0. */
export const JOB_FLUSH = 8;

/** A layer's record, 32-bit fields. */
export const LAYER_INPUTS = 0;
/** Inputs, and one more for the bias, which is a weight of an input that is always 1. */
export const LAYER_ROWS = 4;
export const LAYER_UNITS = 8;
/** Columns of a tile, a multiple of 4; all tiles of a layer are equally wide, columns beyond `units` stay 0. */
export const LAYER_WIDTH = 12;
export const LAYER_TILES = 16;
/** Rows of a block, the unit in which lists are built and gradients are taken. */
export const LAYER_BLOCK_ROWS = 20;
export const LAYER_BLOCKS = 24;
/** `[tiles, rows, width]`. */
export const LAYER_WEIGHTS = 28;
/** Slots have the weights' layout; 0 where the optimizer has none. */
export const LAYER_VELOCITY = 32;
export const LAYER_MOMENTUM = 36;
export const LAYER_AVERAGE = 40;
/** Sink of the reads that only keep the processor's prefetch going. */
export const LAYER_TOUCHED = 44;
export const LAYER_ACTIVATION = 48;
export const LAYER_BATCH = 52;
/** `[batch, inputs]`. */
export const LAYER_INPUT = 56;
/** `[batch, inputs]`: what a gradient of the input is multiplied by; 0 for the first layer. */
export const LAYER_INPUT_SLOPE = 60;
/** Tiled gradient of the layer before, `[tiles, batch, width]`, which the backward job fills; 0 for the first. */
export const LAYER_INPUT_GRADIENT = 64;
export const LAYER_INPUT_WIDTH = 68;
/** `[tiles, batch, width]`: before the activation. */
export const LAYER_SUMS = 72;
/** `[tiles, batch, width]`: gradient of the loss with respect to the sums. */
export const LAYER_GRADIENT = 76;
/** `[batch, units]`: after activation and dropout. */
export const LAYER_OUTPUT = 80;
/** `[batch, units]`: derivative of the output by the sums; 0 for the last layer. */
export const LAYER_SLOPE = 84;
/** `[batch, units]`: dropout's mask on the output; 0 for none. */
export const LAYER_MASK = 88;
/** Non-zero inputs, row by row: `(sample's byte offset in a tile, input)`; room for all in every block. */
export const LAYER_ENTRIES = 92;
/** `[rows]`: address of the end of the row's entries. */
export const LAYER_ENDS = 96;
/** float32: the learning rate, and Adam's step size with its bias correction. */
export const LAYER_RATE = 100;
export const LAYER_ALPHA = 104;
/** float32: weight decay of the kernel and of the bias; 0 for none. */
export const LAYER_KERNEL_DECAY = 108;
export const LAYER_BIAS_DECAY = 112;
/** Moving averages of the weights, in their layout; 0 for none. */
export const LAYER_EMA = 116;
/** Samples that entries and sums have room for. */
export const LAYER_CAPACITY = 120;
/** As {@link LAYER_BATCH}, {@link LAYER_ENTRIES} and {@link LAYER_ENDS}, of the next batch; only the first layer has them. */
export const LAYER_NEXT_BATCH = 124;
export const LAYER_NEXT_ENTRIES = 128;
export const LAYER_NEXT_ENDS = 132;
export const LAYER_BYTES = 256;

export const ACTIVATION_LINEAR = 0;
export const ACTIVATION_RELU = 1;
export const ACTIVATION_SIGMOID = 2;
export const ACTIVATION_TANH = 3;

/** The optimizer's record, float32 fields but for the first two. */
export const OPTIMIZER_RULE = 0;
/** What a row without a gradient needs: see the `IDLE_` values. */
export const OPTIMIZER_IDLE = 4;
export const OPTIMIZER_RHO = 8;
export const OPTIMIZER_RHO_REST = 12;
export const OPTIMIZER_EPSILON = 16;
export const OPTIMIZER_MOMENTUM = 20;
export const OPTIMIZER_BETA1_REST = 24;
export const OPTIMIZER_BETA2_REST = 28;
/** Largest number of a gradient; 0 where nothing is clipped. */
export const OPTIMIZER_CLIP_VALUE = 32;
export const OPTIMIZER_EMA_MOMENTUM = 36;
export const OPTIMIZER_EMA_REST = 40;
/** What is smaller in a slot becomes 0 by {@link JOB_FLUSH}. */
export const OPTIMIZER_SMALLEST = 44;
export const OPTIMIZER_BYTES = 64;

export const RULE_SGD = 0;
export const RULE_SGD_MOMENTUM = 1;
export const RULE_SGD_NESTEROV = 2;
export const RULE_RMSPROP = 3;
export const RULE_RMSPROP_MOMENTUM = 4;
export const RULE_RMSPROP_CENTERED = 5;
export const RULE_RMSPROP_CENTERED_MOMENTUM = 6;
export const RULE_ADAM = 7;

/** Nothing changes. */
export const IDLE_NOTHING = 0;
/** Only averages decay. */
export const IDLE_DECAY = 1;
/** The weight itself moves: a full update with gradient 0. */
export const IDLE_UPDATE = 2;
