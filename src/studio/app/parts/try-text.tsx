/** @file A text that is written, and what the model says of it meanwhile. */

import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import type { TryResult } from '../../engine/run-state.ts';
import { attempt, engine } from '../store.ts';
import { saidClass } from './prediction-bars.tsx';
import { SaidBars } from './said-bars.tsx';
import { WordWeights } from './word-weights.tsx';

/** From the last letter on: who still writes is not asked for. */
const PAUSE_MS = 150;
/** A text of a page; the network reads some hundred words of it. */
const MAX_CHARACTERS = 20_000;

export interface TryTextProps {
  readonly run: string;
  readonly classNames: readonly string[];
}

export function TryText({ run, classNames }: TryTextProps): JSX.Element {
  const [text, setText] = useState('');
  const [result, setResult] = useState<TryResult>();
  const id = useId();
  useEffect(() => {
    if (text.trim() === '') {
      setResult(undefined);
      return;
    }
    let isOld = false;
    const timer = setTimeout(async () => {
      const said = await attempt(() => engine.try(run, new Blob([text])));
      if (!isOld) setResult(said);
    }, PAUSE_MS);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [run, text]);
  // With hundreds of classes, the likeliest are what a person looks for.
  const shown = classNames.length <= 12 ? classNames : likeliest(result, classNames);
  const said = saidClass(result);
  return (
    <div class="try">
      <div class="stack">
        <label for={id}>A text</label>
        <textarea
          id={id}
          rows={6}
          maxLength={MAX_CHARACTERS}
          placeholder="Write or paste one. The bars follow."
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        {result?.tokens === undefined || said === undefined ? null : (
          <WordWeights tokens={result.tokens} className={said} />
        )}
      </div>
      <SaidBars classNames={shown} result={result} />
    </div>
  );
}

function likeliest(result: TryResult | undefined, classNames: readonly string[]): readonly string[] {
  const ranked = result?.probabilities.toSorted((a, b) => b.probability - a.probability);
  return ranked?.map(({ className }) => className).slice(0, 12) ?? classNames.slice(0, 12);
}
