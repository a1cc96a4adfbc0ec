/** @file The model for other programs. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { EXPORT_KINDS, type ExportKind, type StudioFormat } from '../../engine/export-kinds.ts';
import type { ExportResult, RunSummary } from '../../engine/run-state.ts';
import { Icon } from '../parts/icon.tsx';
import { RunChoice } from '../parts/run-choice.tsx';
import { attempt, currentRun, engine, say } from '../store.ts';
import { bytes } from '../words.ts';
import { NeedsRun } from './runs-page.tsx';

export function ExportPage(): JSX.Element {
  const current = currentRun.value;
  return (
    <div class="page">
      <header class="page-head">
        <h1>Export</h1>
        <RunChoice />
      </header>
      {current === undefined ? <NeedsRun /> : <Exports key={current.run} summary={current} />}
    </div>
  );
}

function Exports({ summary }: { readonly summary: RunSummary }): JSX.Element {
  const { run, modelBytes, modality } = summary;
  const isText = modality === 'text';
  return (
    <>
      <section class="card stack" aria-label="The model file">
        <h2>The model file</h2>
        <p>
          One ONNX file of {bytes(modelBytes)}:{' '}
          {isText
            ? 'ids of tokens in, probabilities out, with its tokenizer and the names of the classes in its metadata.'
            : 'images in, probabilities out, with its preprocessing inside and the names of the classes.'}{' '}
          Any ONNX Runtime runs it.
        </p>
        <div>
          <a class="button primary" href={engine.downloadUrl(run, 'model')} download={isFetched()}>
            <Icon name="export" /> Download model.onnx
          </a>
        </div>
        <Snippet title="In a program (npm install graft-ml)" text={isText ? TEXT_NODE : NODE} />
        <Snippet
          title="From the command line"
          text={isText ? 'npx graft predict model.onnx "A text."' : 'npx graft predict model.onnx image.jpg'}
        />
        <Snippet
          title={`In Python (pip install onnxruntime ${isText ? 'tokenizers' : 'pillow'})`}
          text={isText ? TEXT_PYTHON : PYTHON}
        />
      </section>
      {isText ? null : (
        <section class="cards" aria-label="Other formats">
          {engine.formats.map((format) => (
            <Format key={format} run={run} format={format} {...EXPORT_KINDS[format]} />
          ))}
        </section>
      )}
    </>
  );
}

interface FormatProps extends ExportKind {
  readonly run: string;
  readonly format: StudioFormat;
}

function Format({ run, format, title, what }: FormatProps): JSX.Element {
  const [state, setState] = useState<ExportResult | 'busy'>();
  const make = async (): Promise<void> => {
    setState('busy');
    setState(await attempt(() => engine.export(run, format)));
  };
  return (
    <section class="card stack" aria-label={title}>
      <h2>{title}</h2>
      <p>{what}</p>
      {typeof state === 'object' ? (
        <>
          <p class="soft path">{state.out}</p>
          {state.largestDifference === null ? null : (
            <p class="soft">
              Checked: probabilities differ from those of the model file by{' '}
              {state.largestDifference.toPrecision(1)} at most.
            </p>
          )}
          <div>
            <a class="button" href={engine.downloadUrl(run, format)} download={isFetched()}>
              <Icon name="export" /> Download
            </a>
          </div>
        </>
      ) : (
        <div>
          <button type="button" disabled={state === 'busy'} onClick={() => void make()}>
            {state === 'busy' ? 'Exporting ...' : 'Export'}
          </button>
        </div>
      )}
    </section>
  );
}

/** Browsers ask for what has this mark past the service worker, which has the files where no server does. */
function isFetched(): boolean {
  return engine.place === 'folder';
}

function Snippet({ title, text }: { readonly title: string; readonly text: string }): JSX.Element {
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text).then(
      () => say('Copied.'),
      () => say('The browser does not let pages copy: select the text.', 'failed'),
    );
  };
  return (
    <figure class="snippet">
      <figcaption class="row between">
        {title}
        <button type="button" class="quiet small" aria-label={`Copy: ${title}`} onClick={() => void copy()}>
          Copy
        </button>
      </figcaption>
      <pre tabIndex={0}>{text}</pre>
    </figure>
  );
}

const NODE = `import { Classifier } from 'graft-ml';

const classifier = await Classifier.open('model.onnx');
const { label, probability } = await classifier.predict('image.jpg');
console.log(label, probability);`;

const PYTHON = `import json, numpy, onnxruntime
from PIL import Image, ImageOps

session = onnxruntime.InferenceSession("model.onnx")
info = json.loads(session.get_modelmeta().custom_metadata_map["graft"])
size = (info["input"]["widthPx"], info["input"]["heightPx"])
image = Image.open("image.jpg").convert("RGB")
resize = {"squash": Image.Image.resize, "crop": ImageOps.fit, "letterbox": ImageOps.pad}
image = resize[info["input"]["resize"]](image, size, Image.BILINEAR)
probabilities = session.run(None, {"image": numpy.asarray(image)[None]})[0][0]
print(dict(zip(info["classNames"], probabilities.tolist())))`;

const TEXT_NODE = `import { openTextClassifier } from 'graft-ml';

const classifier = await openTextClassifier('model.onnx');
const { label, probability } = await classifier.predict('A text.');
console.log(label, probability);
await classifier.dispose();`;

const TEXT_PYTHON = `import json, numpy, onnxruntime, tokenizers

session = onnxruntime.InferenceSession("model.onnx")
metadata = session.get_modelmeta().custom_metadata_map
info = json.loads(metadata["graft"])
tokenizer = tokenizers.Tokenizer.from_str(metadata["tokenizer.json"])
ids = tokenizer.encode("A text.").ids[: info["input"]["maxTokens"]]
probabilities = session.run(None, {"ids": numpy.array([ids], dtype="int64")})[0][0]
print(dict(zip(info["classNames"], probabilities.tolist())))`;
