/** @file The names of the commands, in the order of the help. */

export const COMMAND_NAMES = [
  'check',
  'train',
  'studio',
  'sweep',
  'lr-find',
  'recommend',
  'predict',
  'evaluate',
  'compare',
  'runs',
  'explain',
  'report',
  'export',
  'tune',
  'generate',
  'summary',
  'backbones',
  'recipes',
  'data',
  'augment',
  'cache',
] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];
/** What most runs are: they are loaded with the program. */
export type FirstCommand = 'train' | 'predict' | 'evaluate';
