/** @file An exported page: drop an image, show something to the webcam or type a text, and see what the model says. */

import { Bars, inWords } from './bars.ts';
import type { About, Answer, Message, Question } from './messages.ts';
import { startWebcam, type Webcam } from './webcam.ts';

const byId = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;
const status = byId('status');
const said = byId('said');
const problem = byId('problem');
const stage = byId('stage');
const hint = byId('hint');
const picture = byId<HTMLImageElement>('picture');
const video = byId<HTMLVideoElement>('video');
const webcamButton = byId<HTMLButtonElement>('webcam');
const chooser = byId<HTMLInputElement>('chooser');
const text = byId<HTMLTextAreaElement>('text');

byId('serve').remove();
status.textContent = 'Loading the model…';
const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
let about: About | undefined;
let bars: Bars | undefined;
let asked = 0;
let answered = 0;
/** Dropped or pasted while the model was loading. */
let early: File | undefined;
let webcam: Webcam | undefined;
/** Told when the question on its way is answered. */
let onAnswer: (() => void) | undefined;

worker.addEventListener('error', () => fail('The model could not be started in this browser.'));
worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  if (data.type === 'ready') begin(data.about);
  else if (data.type === 'failure') fail(data.text);
  else if (data.type === 'refusal') {
    tell(data.text);
    onAnswer?.();
  } else show(data.answer);
});

function begin(model: About): void {
  about = model;
  bars = new Bars(byId('bars'), model);
  document.title = model.names.join(', ');
  byId('names').textContent = summary(model);
  status.textContent = '';
  byId('ask').hidden = false;
  byId('of-texts').hidden = model.kind !== 'texts';
  byId('of-images').hidden = model.kind !== 'images';
  askFile(early);
}

function summary({ names, accuracy }: About): string {
  const list =
    names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')}, and ${names.length - 12} more`;
  return accuracy === null
    ? list
    : `${list}. Right for ${(100 * accuracy).toFixed(0)}% of the validation examples.`;
}

function ask(input: Question['input']): void {
  problem.hidden = true;
  worker.postMessage({ id: ++asked, input } satisfies Question, input instanceof ImageBitmap ? [input] : []);
}

function show(answer: Answer): void {
  onAnswer?.();
  // One that was asked before counts no more.
  if (answer.id < answered || about === undefined) return;
  answered = answer.id;
  bars?.show(answer);
  const words = inWords(about, answer, webcam !== undefined);
  // What has not changed is not read out again.
  if (said.textContent !== words) said.textContent = words;
}

function tell(words: string): void {
  problem.textContent = words;
  problem.hidden = false;
}

function fail(words: string): void {
  status.textContent = '';
  tell(words);
}

function askFile(file: File | undefined): void {
  if (about === undefined) early = file;
  if (file === undefined || about?.kind !== 'images') return;
  stopWebcam();
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(file);
  showEye(picture);
  ask(file);
}

function showEye(shown: HTMLElement): void {
  for (const each of [hint, picture, video]) each.hidden = each !== shown;
}

function stopWebcam(): void {
  webcam?.stop();
  webcam = undefined;
  webcamButton.textContent = 'Start the webcam';
  webcamButton.setAttribute('aria-pressed', 'false');
}

async function watch(): Promise<void> {
  webcamButton.disabled = true;
  try {
    webcam = await startWebcam(video);
  } catch (error) {
    tell((error as Error).message);
    return;
  } finally {
    webcamButton.disabled = false;
  }
  webcamButton.textContent = 'Stop the webcam';
  webcamButton.setAttribute('aria-pressed', 'true');
  showEye(video);
  while (webcam !== undefined) {
    const frame = await webcam.frame();
    if (frame === undefined || webcam === undefined) {
      await new Promise(requestAnimationFrame);
      continue;
    }
    const heard = new Promise<void>((resolve) => {
      onAnswer = resolve;
    });
    ask(frame);
    await heard;
    await new Promise(requestAnimationFrame);
  }
}

webcamButton.addEventListener('click', () => {
  if (webcam === undefined) void watch();
  else {
    stopWebcam();
    showEye(hint);
  }
});
byId('choose').addEventListener('click', () => chooser.click());
chooser.addEventListener('change', () => {
  askFile(chooser.files?.[0]);
  chooser.value = '';
});
addEventListener('paste', ({ clipboardData }) => askFile(clipboardData?.files[0]));
addEventListener('dragover', (event) => {
  event.preventDefault();
  stage.classList.add('over');
});
addEventListener('dragleave', () => stage.classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  stage.classList.remove('over');
  askFile(event.dataTransfer?.files[0]);
});
text.addEventListener('input', () => {
  if (text.value.trim() !== '') ask(text.value);
});
