/** @file Where a model of images looks: class activation maps, by the gradients of the model file's own graph. */

import { gradients } from '../../core/autodiff/gradients.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph, Node, Value } from '../../core/graph/graph.ts';
import { simplify } from '../../core/graph/passes/simplify.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { Session } from '../../core/runtime/session.ts';
import { tensor } from '../../core/tensor/tensor.ts';
import type { ModelFile } from '../decode-model-file.ts';
import { classScores, scoreWeights } from './class-score.ts';
import { ancestors, type FeatureMap, findFeatureMap } from './feature-map.ts';

/**
 * `grad-cam`: each channel of the last feature map counts by its mean gradient (Selvaraju et al. 2017,
 * https://arxiv.org/abs/1610.02391). `hires-cam`: each place of each channel by its own, so that what lights up had a part in the
 * score (Draelos and Carin 2020, https://arxiv.org/abs/2011.08891).
 */
export const ACTIVATION_METHODS = ['grad-cam', 'hires-cam'] as const;
export type ActivationMethod = (typeof ACTIVATION_METHODS)[number];

/** Maps of images, as small as the feature map that they are of. */
export interface HeatMaps {
  /** `[images, height, width]`, row-major, >= 0: how much a place speaks for the class. Of no scale: see `scaleHeatMap`. */
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
}

export interface ActivationMapsOptions extends RuntimeOptions {
  /** Default `grad-cam`. */
  readonly method?: ActivationMethod | undefined;
  /** Processor threads of one run, >= 1. Default: as many as the machine offers. */
  readonly threads?: number | undefined;
}

/** Explains one model. Dispose of it to free its memory at once. */
export class ActivationMaps {
  readonly #session: Session;
  readonly #plan: Plan;
  readonly #file: ModelFile;

  private constructor(session: Session, plan: Plan, file: ModelFile) {
    this.#session = session;
    this.#plan = plan;
    this.#file = file;
  }

  /**
   * @throws {GraftError} `gradient`, if the model has no feature map, or what follows it has no gradient, as of an int8 model
   *   whose head is in int8, too.
   */
  static async of(
    file: ModelFile,
    { method = 'grad-cam', ...options }: ActivationMapsOptions = {},
  ): Promise<ActivationMaps> {
    const plan = planMaps(file, method);
    return new ActivationMaps(await createSession(plan.graph, options), plan, file);
  }

  /**
   * Maps of images, each for one class.
   *
   * @param pixels - uint8 RGB, `[count, height, width, 3]` with the size that `file.info.input` tells.
   * @param classes - `[count]`: the index of the class, label or value that is explained.
   */
  async explain(pixels: Uint8Array, classes: readonly number[]): Promise<HeatMaps> {
    const { map, numScores, isMargin } = this.#plan;
    const { widthPx, heightPx } = this.#file.info.input;
    const rows = classes.flatMap((index) => scoreWeights({ isMargin }, index, numScores));
    const results = await this.#session.run({
      image: tensor('uint8', [classes.length, heightPx, widthPx, 3], pixels),
      score_weights: tensor('float32', [classes.length, numScores], Float32Array.from(rows)),
    });
    return { values: results['map']!.data as Float32Array, height: map.height, width: map.width };
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }
}

interface Plan {
  /** From `image` and `score_weights` to `map`, `[N, H, W]`. */
  readonly graph: Graph;
  readonly map: FeatureMap;
  readonly numScores: number;
  readonly isMargin: boolean;
}

function planMaps({ path, graph, info }: ModelFile, method: ActivationMethod): Plan {
  const builder = new GraphBuilder(graph.name);
  const [input] = graph.inputs;
  const image = builder.input('image', 'uint8', input!.shape);
  const [output] = builder.inline(graph, new Map([[input!.name, image]]));
  const { logits, isMargin } = classScores(builder, output!);
  const numScores = Number(logits.shape.at(-1) ?? info.classNames.length);
  const weights = builder.input('score_weights', 'float32', ['N', numScores]);
  const map = findFeatureMap(builder, image, logits);
  if (map === undefined) {
    throw unexplained(path, 'a feature map', 'a network without one');
  }
  const rounding = roundingBetween(builder.nodes, map.value, logits);
  if (rounding !== undefined) {
    throw unexplained(path, 'layers in float32 behind its last feature map', `int8 ones ("${rounding}")`);
  }
  const score = builder.sumOfAll(builder.mul(logits, weights));
  const gradient = gradientOf(builder, score, map.value, path);
  builder.output(combined(builder, map, gradient, method), 'map');
  return { graph: simplify(builder.build()), map, numScores, isMargin };
}

/** The first step to bytes between two values: nothing has a gradient there. */
function roundingBetween(nodes: readonly Node[], from: Value, to: Value): string | undefined {
  const made = new Set([from.name]);
  const wanted = ancestors(nodes, to);
  for (const { op, name, inputs, outputs } of nodes) {
    if (!inputs.some((input) => made.has(input))) continue;
    for (const output of outputs) made.add(output);
    if (op === 'QuantizeLinear' && outputs.some((output) => wanted.has(output))) return name;
  }
  return undefined;
}

function gradientOf(builder: GraphBuilder, score: Value, value: Value, path: string): Value {
  try {
    return gradients(builder, score, [value])[0]!;
  } catch (cause) {
    if (!(cause instanceof GraftError) || cause.code !== 'gradient') throw cause;
    throw unexplained(path, 'layers with gradients behind its last feature map', cause.parts.received, cause);
  }
}

/** `[N, H, W]`: the sum over the channels of activation times weight, where it speaks for the class. */
function combined(
  builder: GraphBuilder,
  { value, layout, height, width }: FeatureMap,
  gradient: Value,
  method: ActivationMethod,
): Value {
  const places = { first: [2, 3], last: [1, 2], tokens: [1] }[layout];
  const channels = { first: 1, last: 3, tokens: 2 }[layout];
  const [activations, slopes] =
    layout === 'tokens' ? [placesOf(value), placesOf(gradient)] : [value, gradient];
  const weights = method === 'grad-cam' ? builder.mean(slopes, places, 1) : slopes;
  const sum = builder.relu(builder.sum(builder.mul(activations, weights), [channels], 0));
  return layout === 'tokens' ? builder.reshape(sum, [-1, height, width]) : sum;

  /** Without class tokens and the like, which stand first. */
  function placesOf(tokens: Value): Value {
    const count = Number(tokens.shape[1]);
    const extra = count - height * width;
    return extra === 0 ? tokens : builder.slice(tokens, [1], [extra], [count]);
  }
}

function unexplained(path: string, expected: string, received: string, cause?: unknown): GraftError {
  return new GraftError(
    'gradient',
    {
      where: `explanation of model "${path}"`,
      expected,
      received,
      advice: 'Explain it by occlusion (--method occlusion), which needs no gradients.',
    },
    { cause },
  );
}
