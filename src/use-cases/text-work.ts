/** @file What the use cases need for texts alone: one file, so that a command that sees images does not wait for it. */

export { tokenAttributions } from '../artifacts/explain/token-attributions.ts';
export { TextClassifier } from '../artifacts/text-classifier.ts';
export {
  textClassifierAdapters,
  textClassifierGraph,
  textClassifierInfo,
} from '../artifacts/text-classifier-file.ts';
export { beginLoadingTextBackbone } from '../node/text/load-text-backbone.ts';
export { growJudgedTexts } from '../node/training/judged-texts.ts';
export { gatherTextFolds, gatherTexts, requireTextClasses } from '../node/training/text-sets.ts';
export {
  estimateTextTraining,
  findTextClassifierRate,
  trainTextClassifier,
} from '../node/training/train-text-classifier.ts';
export { evaluatedTexts, hashTexts, knownTexts } from './evaluated-texts.ts';
export { explainWorstTexts } from './explain-worst-texts.ts';
export { askedTexts } from './predicted-texts.ts';
