/** @file What a run leaves in its folder. */

/** Of a run that has ended, in the order of names. With `--no-report` two are missing. */
export const RUN_FILES: readonly string[] = [
  '.graft-run',
  'README.md',
  'curves.svg',
  'history.csv',
  'model.onnx',
  'recipe.json',
  'report.html',
  'training.json',
];
