/** @file What `recommendBackbone` came to, as plain data, and which network it recommends. */

import { holm } from '../core/evaluation/holm.ts';
import { mcnemar } from '../core/evaluation/mcnemar.ts';
import { wilsonInterval } from '../core/evaluation/wilson-interval.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import type { ResizeMode } from '../vision/images/resize-mode.ts';

/** A network, judged on images that its head had not seen. */
export interface JudgedBackbone {
  /** As `--backbone` takes it. */
  readonly backbone: string;
  readonly cut: string;
  /** Of images; null of texts. */
  readonly sizePx: number | null;
  /** That are read of a text; null of images. */
  readonly maxTokens: number | null;
  /** Of all images, each predicted by the head that was solved without its fold. */
  readonly accuracy: number;
  /** Wilson's, 95%. */
  readonly interval: readonly [low: number, high: number];
  /** Cross-entropy of the same predictions. */
  readonly loss: number;
  /** Images, or texts, that could be read. */
  readonly images: number;
  readonly cost: {
    /** To decode an image, or make ids of a text, and run the network on it, on this machine; null where none could be read. */
    readonly msPerImage: number | null;
    /** Of the network up to its cut, in float32: about what a model file takes. */
    readonly modelBytes: number;
  };
  /** Compared with the most accurate: the exact McNemar test, after Holm's correction; null of the most accurate. */
  readonly adjustedPValue: number | null;
  /** Whether it is worse than the most accurate by more than chance. */
  readonly isWorse: boolean;
}

/** A network that would have to be downloaded. */
export interface ElsewhereBackbone {
  readonly backbone: string;
  /** In float32. */
  readonly weightBytes: number;
  /** Published accuracy on ImageNet; null where there is none. */
  readonly top1: number | null;
}

/** What `recommendBackbone` resolves to: all networks that are here, judged, and those that are not. */
export interface RecommendReport {
  readonly data: string;
  readonly modality: ModalityName;
  readonly classNames: readonly string[];
  readonly folds: number;
  /** Side of the images that was asked for; null for each network's own. */
  readonly sizePx: number | null;
  /** Null of texts. */
  readonly resize: ResizeMode | null;
  /** The most accurate first. */
  readonly backbones: readonly JudgedBackbone[];
  /** The most accurate. */
  readonly recommended: string;
  /** The fastest that is not worse than it by more than chance, if it takes at most half the time; else null. */
  readonly faster: string | null;
  /** The most accurate on ImageNet first. */
  readonly elsewhere: readonly ElsewhereBackbone[];
  /** Networks that could not be judged, and why. */
  readonly failed: readonly { readonly backbone: string; readonly reason: string }[];
  readonly seconds: number;
}

/** One network's predictions. */
export interface BackboneResult
  extends Pick<JudgedBackbone, 'backbone' | 'cut' | 'sizePx' | 'maxTokens' | 'loss' | 'cost'> {
  /** Of every readable image, in the same order for all networks, whether its class is right: 1 or 0. */
  readonly right: Uint8Array;
}

const SIGNIFICANCE = 0.05;
/** Of the time of the most accurate: what is worth a word. */
const MAX_TIME = 0.5;

/** The most accurate first, each compared with it on the same images. @param results - At least one. */
export function rankBackbones(results: readonly BackboneResult[]): readonly JudgedBackbone[] {
  const hits = ({ right }: BackboneResult): number => right.reduce((sum, each) => sum + each, 0);
  const [best, ...others] = results.toSorted((a, b) => hits(b) - hits(a) || a.loss - b.loss);
  const adjusted = holm(others.map(({ right }) => mcnemar(best!.right, right).pValue));
  return [best!, ...others].map((result, index): JudgedBackbone => {
    const { right, ...about } = result;
    const adjustedPValue = index === 0 ? null : adjusted[index - 1]!;
    return {
      ...about,
      accuracy: hits(result) / right.length,
      interval: wilsonInterval(hits(result), right.length),
      images: right.length,
      adjustedPValue,
      isWorse: adjustedPValue !== null && adjustedPValue < SIGNIFICANCE,
    };
  });
}

/**
 * The fastest network that is not worse than the most accurate, where it takes at most half the time; else null.
 *
 * @param ranked - As {@link rankBackbones} gives them.
 */
export function findFaster(ranked: readonly JudgedBackbone[]): string | null {
  const time = ({ cost }: JudgedBackbone): number => cost.msPerImage ?? Number.POSITIVE_INFINITY;
  const limit = MAX_TIME * time(ranked[0]!);
  const fast = ranked.filter((each) => !each.isWorse && time(each) <= limit);
  return fast.toSorted((a, b) => time(a) - time(b))[0]?.backbone ?? null;
}
