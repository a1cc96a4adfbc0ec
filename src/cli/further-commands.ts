/** @file The commands that are loaded when they are asked for. */

import type { Command } from 'commander';
import type { CommandName, FirstCommand } from './command-names.ts';
import { augmentCommand } from './commands/augment.ts';
import { backbonesCommand } from './commands/backbones.ts';
import { cacheCommand } from './commands/cache.ts';
import { checkCommand } from './commands/check.ts';
import { compareCommand } from './commands/compare.ts';
import { dataCommand } from './commands/data.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { generateCommand } from './commands/generate.ts';
import { lrFindCommand } from './commands/lr-find.ts';
import { recipesCommand } from './commands/recipes.ts';
import { recommendCommand } from './commands/recommend.ts';
import { reportCommand } from './commands/report.ts';
import { runsCommand } from './commands/runs.ts';
import { studioCommand } from './commands/studio.ts';
import { summaryCommand } from './commands/summary.ts';
import { sweepCommand } from './commands/sweep.ts';
import { tuneCommand } from './commands/tune.ts';

export const FURTHER_COMMANDS: Readonly<Record<Exclude<CommandName, FirstCommand>, () => Command>> = {
  check: checkCommand,
  studio: studioCommand,
  sweep: sweepCommand,
  'lr-find': lrFindCommand,
  recommend: recommendCommand,
  compare: compareCommand,
  runs: runsCommand,
  explain: explainCommand,
  report: reportCommand,
  export: exportCommand,
  tune: tuneCommand,
  generate: generateCommand,
  summary: summaryCommand,
  backbones: backbonesCommand,
  recipes: recipesCommand,
  data: dataCommand,
  augment: augmentCommand,
  cache: cacheCommand,
};
