/** @file Trainings: one button for whoever has images, the whole recipe for whoever wants it. */

import type { JSX } from 'preact';
import { isOfTexts, noun } from '../noun.ts';
import { NeedsImages } from '../parts/empty-project.tsx';
import { NewTraining } from '../parts/new-training.tsx';
import { TrainingCard } from '../parts/training-card.tsx';
import { UnfinishedRuns } from '../parts/unfinished-runs.tsx';
import { project, trainings } from '../store.ts';

export function TrainPage(): JSX.Element {
  const { classes } = project.value!;
  const filled = classes.filter(({ images }) => images > 0);
  // In a table, a class without a text is none that could be missed.
  const isReady = filled.length >= 2 && (isOfTexts.value || filled.length === classes.length);
  return (
    <div class="page">
      <header class="page-head">
        <h1>Train</h1>
      </header>
      {isReady ? (
        <NewTraining />
      ) : filled.length < 2 ? (
        <NeedsImages
          what={`A training needs at least two classes with ${noun.value.several}: what is to be told apart?`}
        />
      ) : (
        <NeedsImages
          what={`Every class needs ${noun.value.several}: ${classes
            .filter(({ images }) => images === 0)
            .map(({ name }) => `“${name}”`)
            .join(', ')} has none yet.`}
        />
      )}
      {trainings.value.toReversed().map((training) => (
        <TrainingCard key={training.run} training={training} />
      ))}
      <UnfinishedRuns />
    </div>
  );
}
