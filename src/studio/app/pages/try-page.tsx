/** @file The model at work: the webcam, a file or a text, and what it says of it. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TryResult } from '../../engine/run-state.ts';
import { isOfTexts } from '../noun.ts';
import { Icon } from '../parts/icon.tsx';
import { RunChoice } from '../parts/run-choice.tsx';
import { SaidBars } from '../parts/said-bars.tsx';
import { TryText } from '../parts/try-text.tsx';
import { useWebcam } from '../parts/webcam-recorder.tsx';
import { attempt, currentRun, engine, say } from '../store.ts';
import { captureFrame } from '../webcam.ts';
import { NeedsRun } from './runs-page.tsx';

/** Between two questions about what the webcam sees, at least. */
const EVERY_MS = 100;

export function TryPage(): JSX.Element {
  const current = currentRun.value;
  return (
    <div class="page">
      <header class="page-head">
        <h1>Try</h1>
        <RunChoice />
      </header>
      {current === undefined ? (
        <NeedsRun />
      ) : !current.tellsClasses ? (
        <p class="note">The studio tries models that tell classes.</p>
      ) : isOfTexts.value ? (
        <TryText key={current.run} run={current.run} classNames={current.classNames} />
      ) : (
        <Try key={current.run} run={current.run} classNames={current.classNames} />
      )}
    </div>
  );
}

function Try({
  run,
  classNames,
}: {
  readonly run: string;
  readonly classNames: readonly string[];
}): JSX.Element {
  const [isLive, setIsLive] = useState(false);
  const [picture, setPicture] = useState<string>();
  const [result, setResult] = useState<TryResult>();
  const [isOver, setIsOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const tryFile = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setIsLive(false);
    const said = await attempt(() => engine.try(run, file));
    if (said === undefined) return;
    setResult(said);
    setPicture(URL.createObjectURL(file));
  };
  useEffect(() => () => (picture === undefined ? undefined : URL.revokeObjectURL(picture)), [picture]);
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const [file] = event.clipboardData?.files ?? [];
      if (file !== undefined) void tryFile(file);
    };
    addEventListener('paste', onPaste);
    return () => removeEventListener('paste', onPaste);
  }, []);
  return (
    <div class="try">
      <div
        class={isOver ? 'stage over' : 'stage'}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setIsOver(false);
          void tryFile(event.dataTransfer?.files[0]);
        }}
      >
        {isLive ? (
          <Live run={run} onResult={setResult} />
        ) : picture === undefined ? (
          <p class="hint">Drop or paste an image here, or start the webcam.</p>
        ) : (
          <img class="eye" src={picture} alt="What the model was asked about" />
        )}
        <div class="row wrap center">
          <button type="button" class={isLive ? '' : 'primary'} onClick={() => setIsLive(!isLive)}>
            <Icon name="camera" /> {isLive ? 'Stop the webcam' : 'Start the webcam'}
          </button>
          <button type="button" onClick={() => input.current?.click()}>
            <Icon name="plus" /> Choose a file
          </button>
          <input
            ref={input}
            type="file"
            accept="image/*"
            hidden
            onChange={({ currentTarget }) => {
              void tryFile(currentTarget.files?.[0]);
              currentTarget.value = '';
            }}
          />
        </div>
      </div>
      <SaidBars classNames={classNames} result={result} />
    </div>
  );
}

interface LiveProps {
  readonly run: string;
  readonly onResult: (result: TryResult) => void;
}

function Live({ run, onResult }: LiveProps): JSX.Element {
  const { video, problem } = useWebcam();
  useEffect(() => {
    let isStopped = false;
    const loop = async (): Promise<void> => {
      while (!isStopped) {
        const started = performance.now();
        const frame = video.current === null ? undefined : await captureFrame(video.current);
        if (frame !== undefined) {
          const result = await engine.try(run, frame).catch((error: Error) => say(error.message, 'failed'));
          if (result && !isStopped) onResult(result);
        }
        const rest = EVERY_MS - (performance.now() - started);
        await new Promise((resolve) => setTimeout(resolve, Math.max(10, rest)));
      }
    };
    void loop();
    return () => {
      isStopped = true;
    };
  }, [run]);
  return problem === undefined ? (
    <video ref={video} class="eye" autoplay playsInline muted />
  ) : (
    <p class="problem" role="alert">
      {problem}
    </p>
  );
}
