/** @file Images from the webcam: as long as the button is held, each look becomes a file of the class. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { attempt, engine } from '../store.ts';
import { captureFrame, closeWebcam, openWebcam } from '../webcam.ts';
import { formatCount } from '../words.ts';
import { Icon } from './icon.tsx';

/** Between two images: more alike than those would teach nothing. */
const EVERY_MS = 125;
/** Sent at once. */
const BATCH = 8;

export interface WebcamRecorderProps {
  readonly className: string;
  readonly onClose: () => void;
}

export function WebcamRecorder({ className, onClose }: WebcamRecorderProps): JSX.Element {
  const { video, problem } = useWebcam();
  const [recorded, setRecorded] = useState(0);
  const [isHeld, setIsHeld] = useState(false);
  const target = useRef(className);
  target.current = className;
  useEffect(() => {
    if (!isHeld) return;
    const recording = record(video.current!, target.current, (more) =>
      setRecorded((number) => number + more),
    );
    return () => recording.stop();
  }, [isHeld]);
  return (
    <section class="recorder card" aria-label="Webcam">
      {problem === undefined ? (
        <video ref={video} class={isHeld ? 'eye recording' : 'eye'} autoplay playsInline muted />
      ) : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="stack">
        <p>
          Show it to the webcam and hold the button. Turn it, move it, change what is behind it: 30 different
          images beat 300 alike.
        </p>
        <div class="row wrap">
          <button
            type="button"
            class={isHeld ? 'primary record on' : 'primary record'}
            disabled={problem !== undefined}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              setIsHeld(true);
            }}
            onPointerUp={() => setIsHeld(false)}
            onPointerCancel={() => setIsHeld(false)}
            onBlur={() => setIsHeld(false)}
            onContextMenu={(event) => event.preventDefault()}
            onKeyDown={(event) => {
              if (event.key !== ' ' && event.key !== 'Enter') return;
              event.preventDefault();
              if (!event.repeat) setIsHeld(true);
            }}
            onKeyUp={() => setIsHeld(false)}
          >
            Hold to record “{className}”
          </button>
          <button type="button" class="quiet" onClick={onClose}>
            <Icon name="close" /> Close webcam
          </button>
        </div>
        <p class="soft" aria-live="polite">
          {recorded === 0 ? 'Nothing recorded yet.' : `${formatCount(recorded, 'image')} recorded.`}
        </p>
      </div>
    </section>
  );
}

/** A video element that shows the webcam, as long as it is there. */
export function useWebcam(): {
  readonly video: { current: HTMLVideoElement | null };
  readonly problem: string | undefined;
} {
  const video = useRef<HTMLVideoElement | null>(null);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let stream: MediaStream | undefined;
    let isGone = false;
    openWebcam().then(
      (opened) => {
        stream = opened;
        if (isGone) closeWebcam(stream);
        else if (video.current !== null) video.current.srcObject = stream;
      },
      (error: Error) => setProblem(error.message),
    );
    return () => {
      isGone = true;
      closeWebcam(stream);
    };
  }, []);
  return { video, problem };
}

/** Frames until it is stopped; what was captured by then is sent. */
function record(
  video: HTMLVideoElement,
  className: string,
  onAdded: (images: number) => void,
): { stop(): void } {
  const group = crypto.randomUUID();
  const stem = `webcam-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}`;
  let frames = 0;
  let isStopped = false;
  let waiting: { name: string; bytes: Blob }[] = [];
  let sent: Promise<unknown> = Promise.resolve();
  const send = (): void => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    sent = sent.then(async () => {
      const report = await attempt(() => engine.add(className, batch, group));
      if (report !== undefined) onAdded(report.added);
    });
  };
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      const started = performance.now();
      const bytes = await captureFrame(video);
      if (bytes !== undefined)
        waiting.push({ name: `${stem}-${String(++frames).padStart(3, '0')}.png`, bytes });
      if (waiting.length >= BATCH) send();
      const rest = EVERY_MS - (performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, Math.max(10, rest)));
    }
    send();
  };
  void loop();
  return {
    stop() {
      isStopped = true;
    },
  };
}
