/**
 * @file The model card of a run: README.md with the YAML that Hugging Face reads, and the sections of Mitchell et al. (2019), Model
 * cards for model reporting, https://arxiv.org/abs/1810.03993.
 */

import { visible } from '../core/errors/visible-text.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import { choosesEpoch } from './chosen-epoch.ts';
import type { RunReportData } from './report-data.ts';
import { count, decimal, formatCount, percent } from './report-numbers.ts';

/** How Graft's own model cards are known: by a line of their front matter. */
export const CARD_MARK = 'library_name: graft-ml';

/** Licenses as Hugging Face names them, by how pretrained configs do. */
const LICENSES: Readonly<Record<string, string>> = {
  'Apache-2.0': 'apache-2.0',
  MIT: 'mit',
  'BSD-3-Clause': 'bsd-3-clause',
  'CC-BY-4.0': 'cc-by-4.0',
};

/** The card as Markdown. The same data give the same bytes. */
export function modelCard(data: RunReportData): string {
  return `---\n${frontMatter(data)}---\n\n${body(data)}`;
}

function frontMatter({ name, info, one }: RunReportData): string {
  const task = taskNamed<Task>(info.recipe.task).huggingFace.pipelines[one];
  const set = info.test ?? info.validation;
  const metrics = metricsOf(set).map(
    ({ type, value }) => `          - type: ${type}\n            value: ${value}\n`,
  );
  const split = info.test === undefined ? 'validation' : 'test';
  const license = LICENSES[info.backbone.license];
  return [
    `${CARD_MARK}\n`,
    license === undefined ? '' : `license: ${license}\n`,
    `pipeline_tag: ${task}\n`,
    'tags:\n  - graft\n  - onnx\n  - transfer-learning\n',
    'model-index:\n',
    `  - name: ${quoted(name)}\n    results:\n      - task:\n          type: ${task}\n`,
    `        dataset:\n          name: ${quoted(`${name}, ${split} ${one}s`)}\n          type: custom\n`,
    `        metrics:\n${metrics.join('')}`,
  ].join('');
}

function metricsOf(set: RunReportData['info']['validation']): { type: string; value: string }[] {
  const metric = (type: string, value: number | undefined): { type: string; value: string }[] =>
    value === undefined || !Number.isFinite(value) ? [] : [{ type, value: value.toFixed(4) }];
  if ('values' in set) return set.values.flatMap(({ mae }) => metric('mae', mae));
  if ('labels' in set) return [...metric('exact_match', set.exactMatch), ...metric('f1', set.macro.f1)];
  return [...metric('accuracy', set.accuracy), ...metric('f1', set.macroF1)];
}

function body(report: RunReportData): string {
  const { name, info, one, recorded, measured, command, modelSha256 } = report;
  const { classNames, recipe, backbone } = info;
  const asks = one === 'image' ? `an image of ${sizeOf(info)}` : 'a text';
  const [set, metrics] = info.test === undefined ? ['validation', info.validation] : ['test', info.test];
  const use =
    one === 'image'
      ? 'graft predict model.onnx image.jpg\ngraft explain model.onnx image.jpg'
      : 'graft predict model.onnx "A text"\ngraft explain model.onnx "A text"';
  return `# ${text(name)}

## Model details

- **What it is:** ${taskNamed<Task>(recipe.task).words.model} of ${one}s: ${asks} in, ${classNames.length === 1 ? 'one number' : `${count(classNames.length)} numbers`} out.
- **Names:** ${classNames.slice(0, 50).map(text).join(', ')}${classNames.length > 50 ? ', ...' : ''}
- **Backbone:** ${text(backbone.name)} (${text(backbone.source)}), license ${text(backbone.license)}
- **Made by:** Graft ${text(info.graftVersion)}${recorded === undefined ? '' : `; ${count(recorded.parameters.trainable)} of ${count(recorded.parameters.total)} parameters were trained`}
- **File:** \`model.onnx\`, one ONNX model with its preprocessing inside; SHA-256 \`${modelSha256}\`
- **License of the model:** yours to say; that of the backbone's weights stands above.

\`\`\`sh
${use}
\`\`\`

## Intended use

Telling apart what it was trained on, in ${one}s like those that it was trained on. Say here who is to use it, and for what.

**Out of scope:** ${one}s of another kind: a classifier names one of its classes whatever it is given. Decisions about people, without a
person who looks at them.

## Factors

What the ${one}s have in common (${one === 'image' ? 'cameras, light, places, angles' : 'language, topics, authors'}) is what it works on. Metrics of each class stand below; say here which groups were
looked at, and which were not.

## Metrics

${metricsTable(info)}
## Evaluation data

${count(metrics.examples)} ${set} ${one}s${set === 'test' ? ', which no decision of the training looked at.' : `, which chose ${choosesEpoch(info) ? 'the best epoch: the metrics are a little optimistic' : 'no epoch: the last one was kept'}.`}

## Training data

${count(info.train.examples)} ${one}s${recorded === undefined ? '' : ` from \`${code(recorded.data)}\``}${recorded?.dataSha256 === undefined ? '' : `, SHA-256 of their hashes \`${recorded.dataSha256}\``}.${problems(report)}

Trained with

\`\`\`sh
${command}
\`\`\`

## Quantitative analyses

${classTable(measured, one)}
## Ethical considerations

A model repeats what its ${one}s and their labels say, mistakes and prejudice included. Say here whose ${one}s they are, and whether they may be
used.

## Caveats and recommendations

- Measure it on ${one}s of your own before you rely on it: \`graft evaluate model.onnx FOLDER\`.
- Look at what it looks at: \`graft explain\`, and report.html beside this file.
`;
}

function sizeOf(info: RunReportData['info']): string {
  if (!('widthPx' in info.input)) return '';
  const { widthPx, heightPx, resize } = info.input;
  return `${widthPx} x ${heightPx} px${resize === 'squash' ? '' : ` (${resize})`}`;
}

function metricsTable(info: RunReportData['info']): string {
  const sets = [
    ['training', info.train],
    ['validation', info.validation],
    ...(info.test === undefined ? [] : [['test', info.test] as const]),
  ] as const;
  const rows = sets.flatMap(([set, metrics]): string[][] => {
    if ('values' in metrics) {
      return metrics.values.map((value) => [set, `MAE of ${text(value.name)}`, decimal(value.mae), '']);
    }
    const [low, high] = metrics.interval;
    const span = set === 'training' ? '' : `${percent(low)} to ${percent(high)}`;
    if ('labels' in metrics) {
      return [
        [set, 'all labels right', percent(metrics.exactMatch), span],
        [set, 'macro F1', decimal(metrics.macro.f1), ''],
      ];
    }
    return [
      [set, 'accuracy', percent(metrics.accuracy), span],
      ...(metrics.macroF1 === undefined ? [] : [[set, 'macro F1', decimal(metrics.macroF1), '']]),
      ...(metrics.baseline === undefined
        ? []
        : [[set, 'always the commonest class', percent(metrics.baseline), '']]),
    ];
  });
  return table(['set', 'metric', 'value', '95% interval'], rows);
}

function classTable(measured: RunReportData['measured'], one: string): string {
  if (measured?.classes === undefined) return 'See report.html.\n';
  const rows = measured.classes.perClass.map(({ className, precision, recall, f1, support }) => [
    text(className),
    decimal(precision),
    decimal(recall),
    decimal(f1),
    count(support),
  ]);
  return table(['class', 'precision', 'recall', 'F1', `${measured.set} ${one}s`], rows);
}

function problems({ recorded, one }: RunReportData): string {
  if (recorded === undefined) return '';
  const { skipped, duplicates } = recorded;
  const said = [
    ...(skipped.length > 0 ? [`${formatCount(skipped.length, 'file')} could not be read.`] : []),
    ...(duplicates.images > 0
      ? [`${formatCount(duplicates.images, one)} of the data are copies of others.`]
      : []),
  ];
  return said.length === 0 ? '' : ` ${said.join(' ')}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return `${line(header)}${line(header.map(() => '---'))}${rows.map(line).join('')}\n`.replace(/\n\n$/, '\n');
}

/** Text from outside in Markdown: nothing of it is markup. */
function text(raw: string): string {
  return visible(raw)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_{}[\]()#+!|~>]/g, '\\$&');
}

/** Inside backquotes, where nothing else means anything. */
function code(raw: string): string {
  return visible(raw).replaceAll('`', "'");
}

/** A text in YAML: JSON is YAML. */
function quoted(raw: string): string {
  return JSON.stringify(visible(raw));
}
