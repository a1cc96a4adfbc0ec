/** @file Two runs on the same examples: which is better, whether that is more than chance, and where they differ. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ComparedQuery } from '../../engine/project-state.ts';
import type { RunComparison } from '../../engine/run-state.ts';
import { countExamples, isOfTexts, noun } from '../noun.ts';
import { attempt, engine, project, results } from '../store.ts';
import { percent, sentence, signedPoints } from '../words.ts';
import { ImageGrid } from './image-grid.tsx';
import { SelectionBar } from './selection-bar.tsx';

export interface ComparisonProps {
  readonly first: string;
  readonly second: string;
}

export function Comparison({ first, second }: ComparisonProps): JSX.Element {
  const [found, setFound] = useState<RunComparison>();
  const [show, setShow] = useState<ComparedQuery['show']>('differ');
  const version = project.value?.version;
  const statuses = [first, second].map((run) => results.value[run]?.status).join();
  useEffect(() => {
    let isOld = false;
    void attempt(() => engine.compare(first, second)).then((comparison) => {
      if (!isOld) setFound(comparison);
    });
    return () => {
      isOld = true;
    };
  }, [first, second, version, statuses]);
  if (found === undefined || found.status === 'asking' || found.status === 'none') {
    return (
      <section class="card stack tight" aria-label="Comparison">
        <p aria-live="polite">Both models look at every {noun.value.one} ...</p>
        <progress aria-label={`Both models look at every ${noun.value.one}`} />
      </section>
    );
  }
  if (found.status === 'failed') {
    return (
      <p class="problem" role="alert">
        {found.error}
      </p>
    );
  }
  const { pair, images, differing } = found;
  if (pair === null) {
    return (
      <p class="note">
        Every {noun.value.one} was trained on by one of the two: add {noun.value.several} that neither has
        seen
        {isOfTexts.value ? '' : ', or a folder “test”'}.
      </p>
    );
  }
  const shows: readonly (readonly [ComparedQuery['show'], string, number])[] = [
    ['differ', 'They differ', differing],
    ['first', `Only ${first} is right`, pair.onlyFirst ?? 0],
    ['second', `Only ${second} is right`, pair.onlySecond ?? 0],
  ];
  return (
    <>
      <section class="card stack" aria-label="Comparison">
        <h2>
          {first} and {second}
        </h2>
        <p class="lead">{verdictOf(found, first, second)}</p>
        <dl class="facts">
          <div>
            <dt>{first}</dt>
            <dd>{percent(found.accuracy[0])}</dd>
          </div>
          <div>
            <dt>{second}</dt>
            <dd>{percent(found.accuracy[1])}</dd>
          </div>
          <div>
            <dt>95% CI [{pair.interval.map((end) => (end * 100).toFixed(1)).join(', ')}]</dt>
            <dd>{signedPoints(pair.difference)}</dd>
          </div>
          <div>
            <dt>p, McNemar’s exact test</dt>
            <dd>{pair.pValue < 0.001 ? '< 0.001' : pair.pValue.toFixed(3)}</dd>
          </div>
        </dl>
        <p class="soft">
          On {countExamples(images)} that neither was trained on, by the labels that they have now.
        </p>
      </section>
      <section class="stack" aria-label={`${sentence(noun.value.several)} that tell both apart`}>
        <div class="segments" role="group" aria-label={`Which ${noun.value.several}`}>
          {shows.map(([kind, name, number]) => (
            <button key={kind} type="button" aria-pressed={show === kind} onClick={() => setShow(kind)}>
              {name} <span class="soft">{number}</span>
            </button>
          ))}
        </div>
        <p class="soft">
          Below each: {first} \ {second}. A label that is wrong is mended here, too, and the numbers follow.
        </p>
        <ImageGrid
          query={{ compared: { first, second, show } }}
          label={`${sentence(noun.value.several)} that tell both apart`}
          run={second}
          empty={<p>None.</p>}
        />
      </section>
      <SelectionBar />
    </>
  );
}

function verdictOf({ pair, images }: RunComparison, first: string, second: string): string {
  const { difference, isSignificant } = pair!;
  if (difference === 0) return 'Both are right equally often.';
  const better = difference > 0 ? second : first;
  return isSignificant
    ? `${better} is better, by more than chance.`
    : `${better} is right more often here; on ${countExamples(images)} that may be chance.`;
}
