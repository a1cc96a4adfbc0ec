/** @file What a check found as one HTML file, with the images that it is about. */

import { join } from 'node:path';
import type { ComponentChildren, JSX } from 'preact';
import { visible } from '../core/errors/visible-text.ts';
import type { CheckReport } from '../inspection/check-report.ts';
import { beginsWith, isReplaceable } from '../node/files/own-files.ts';
import { writeWhole } from '../node/files/write-file.ts';
import { pageImage } from '../node/inspection/page-images.ts';
import { LinePlot } from '../ui/charts/line-plot.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { Facts } from '../ui/facts.tsx';
import { Name } from '../ui/name.tsx';
import { renderPage } from '../ui/page.tsx';
import { type PhotoProps, Photos } from '../ui/photos.tsx';
import { Section } from '../ui/section.tsx';

/** What of each kind a page has; the table of `--csv` has all. */
const MAX_GROUPS = 12;
const MAX_FILES_OF_GROUP = 6;
const MAX_FILES = 36;

export interface CheckPageOptions {
  /** What was checked, as it was given. */
  readonly data: string;
  readonly report: CheckReport;
  /** The folder that files are told from; undefined for texts, which have no image. */
  readonly root: string | undefined;
}

const KIND = 'check of a data set';
/** Behind the styles the page says what it is. */
const HEAD_BYTES = 64 * 1024;
const isCheckPage = beginsWith(
  new RegExp(`^<!DOCTYPE html>\\n<html lang="en">.*<span>${KIND}</span>`, 's'),
  HEAD_BYTES,
);

/** Writes the page. An older page of a check is replaced, any other file is left. @throws {GraftError} `file-exists`, `file-write`. */
export async function writeCheckPage(path: string, options: CheckPageOptions): Promise<void> {
  const replace = await isReplaceable(path, isCheckPage);
  await writeWhole(path, await checkPage(options), {
    replace,
    advice: 'Remove it, or choose another --html.',
  });
}

/** The page as text: the same bytes for the same report and images. */
export async function checkPage({ data, report, root }: CheckPageOptions): Promise<string> {
  const images = root === undefined ? new Map<string, string>() : await imagesOf(report, root);
  const sections = sectionsOf(report, images);
  return renderPage(
    {
      title: data,
      kind: KIND,
      lead: <Facts facts={factsOf(report)} />,
      contents: sections.map(({ id, title }) => ({ id, title })),
    },
    sections.map(({ id, title, note, body }) => (
      <Section key={id} id={id} title={title} note={note}>
        {body}
      </Section>
    )),
  );
}

interface PagePart {
  readonly id: string;
  readonly title: string;
  readonly note?: string | undefined;
  readonly body: ComponentChildren;
}

function factsOf({ images, duplicates, leaks, labelErrors, outliers }: CheckReport) {
  return [
    { label: 'examples', value: images },
    { label: 'groups of duplicates', value: duplicates.length },
    { label: 'leaks', value: leaks.length },
    { label: 'likely label errors', value: labelErrors.length },
    { label: 'outliers', value: outliers.length },
  ];
}

function sectionsOf(report: CheckReport, images: ReadonlyMap<string, string>): PagePart[] {
  const { leaks, duplicates, labelErrors, outliers, groups, classes, learningCurve, warnings } = report;
  const parts: (PagePart | undefined)[] = [
    groupsPart('leaks', 'Leaks', leaks, images, {
      split: 'The same image in several parts: what is trained on must not validate or test.',
      label: 'The same image with different labels.',
    }),
    groupsPart('duplicates', 'Duplicates', duplicates, images, {
      exact: 'The same, byte for byte.',
      near: 'Saved again, resized, recolored, mirrored or cropped.',
    }),
    labelErrors.length === 0
      ? undefined
      : {
          id: 'labels',
          title: 'Likely label errors',
          note: 'By confident learning: the likeliest first.',
          body: (
            <Files
              files={labelErrors.map(({ file, given, suggested }) => ({
                file,
                text: `${given} → ${suggested}?`,
              }))}
              images={images}
            />
          ),
        },
    outliers.length === 0
      ? undefined
      : {
          id: 'outliers',
          title: 'Outliers',
          note: 'Like no other: the strangest first.',
          body: (
            <Files
              files={outliers.map(({ file, score }) => ({ file, text: score.toFixed(2) }))}
              images={images}
            />
          ),
        },
    groups === null
      ? undefined
      : {
          id: 'groups',
          title: 'Groups that names suggest',
          body: (
            <p>
              {groups.groups} groups of {groups.images} images. Keep them together with <code>--group</code>{' '}
              <code>
                <Name of={groups.pattern} />
              </code>
              .
            </p>
          ),
        },
    classes.length === 0 ? undefined : { id: 'classes', title: 'Classes', body: classTable(classes) },
    learningCurve === null ? undefined : curvePart(learningCurve),
    warnings.length === 0
      ? undefined
      : {
          id: 'notes',
          title: 'Notes',
          body: (
            <ul>
              {warnings.map(({ text }) => (
                <li key={text}>
                  <Name of={text} />
                </li>
              ))}
            </ul>
          ),
        },
  ];
  return parts.filter((part) => part !== undefined);
}

function groupsPart<K extends string>(
  id: string,
  title: string,
  groups: readonly { readonly kind: K; readonly files: readonly string[] }[],
  images: ReadonlyMap<string, string>,
  words: Readonly<Record<K, string>>,
): PagePart | undefined {
  if (groups.length === 0) return undefined;
  const kinds = [...new Set(groups.map(({ kind }) => kind))];
  return {
    id,
    title,
    body: kinds.map((kind) => {
      const own = groups.filter((group) => group.kind === kind);
      return (
        <div key={kind}>
          <p>
            {words[kind]} {own.length > MAX_GROUPS ? `The first ${MAX_GROUPS} of ${own.length} groups.` : ''}
          </p>
          {own.slice(0, MAX_GROUPS).map(({ files }) => (
            <Files
              key={files[0]}
              files={files.slice(0, MAX_FILES_OF_GROUP).map((file) => ({ file, text: '' }))}
              images={images}
            />
          ))}
        </div>
      );
    }),
  };
}

function Files({
  files,
  images,
}: {
  readonly files: readonly { readonly file: string; readonly text: string }[];
  readonly images: ReadonlyMap<string, string>;
}): JSX.Element {
  const shown = files.slice(0, MAX_FILES);
  const photos = shown.flatMap(({ file, text }): PhotoProps[] => {
    const src = images.get(file);
    return src === undefined
      ? []
      : [{ src, alt: visible(file), caption: <Caption file={file} text={text} /> }];
  });
  const others = shown.filter(({ file }) => !images.has(file));
  return (
    <>
      {photos.length === 0 ? null : <Photos photos={photos} size="9rem" />}
      {others.length === 0 ? null : (
        <ul>
          {others.map(({ file, text }) => (
            <li key={file}>
              <Caption file={file} text={text} />
            </li>
          ))}
        </ul>
      )}
      {files.length > shown.length ? <p>... and {files.length - shown.length} more</p> : null}
    </>
  );
}

function Caption({ file, text }: { readonly file: string; readonly text: string }): JSX.Element {
  return (
    <>
      <Name of={file} />
      {text === '' ? null : (
        <>
          {' '}
          <strong>
            <Name of={text} />
          </strong>
        </>
      )}
    </>
  );
}

function classTable(classes: CheckReport['classes']): JSX.Element {
  return (
    <DataTable
      label="Each class, and what it is predicted as"
      columns={[
        { title: 'class' },
        { title: 'examples', isNumber: true },
        { title: 'recall', isNumber: true },
        { title: 'predicted as' },
      ]}
      rows={classes.map(({ className, images, recall, confusedWith }) => [
        <Name key="name" of={className} />,
        images,
        recall === null ? '–' : `${(recall * 100).toFixed(1)}%`,
        <Name
          key="other"
          of={confusedWith.map((other) => `${other.className} (${other.images})`).join(', ')}
        />,
      ])}
    />
  );
}

function curvePart({ points, doubled }: NonNullable<CheckReport['learningCurve']>): PagePart {
  const all = [...points, ...(doubled === null ? [] : [{ ...doubled, fraction: 2 }])];
  const words = all.map(({ images, accuracy }) => `${images}: ${(accuracy * 100).toFixed(1)}%`).join(', ');
  return {
    id: 'curve',
    title: 'Learning curve',
    note: 'A linear head by cross-validation, with parts of the training data; dashed, what twice as many would bring.',
    body: (
      <LinePlot
        title="Accuracy by examples"
        description={`Accuracy by number of training examples: ${words}`}
        x={{ label: 'training examples', domain: [0, all.at(-1)!.images], isNice: true }}
        y={{
          domain: [Math.min(...all.map(({ interval }) => interval[0])), 1],
          format: 'percent',
          isNice: true,
        }}
        series={[
          {
            label: 'measured',
            color: 'sea',
            hasDots: true,
            points: points.map(({ images, accuracy }) => [images, accuracy] as const),
          },
          {
            label: 'forecast',
            color: 'clay',
            isDashed: true,
            hasDots: true,
            points:
              doubled === null
                ? []
                : [points.at(-1)!, doubled].map(({ images, accuracy }) => [images, accuracy] as const),
          },
        ]}
      />
    ),
  };
}

/** Of all files that the page shows. */
async function imagesOf(report: CheckReport, root: string): Promise<Map<string, string>> {
  const { leaks, duplicates, labelErrors, outliers } = report;
  const groups = (['split', 'label', 'exact', 'near'] as const).flatMap((kind) =>
    [...leaks, ...duplicates].filter((group) => group.kind === kind).slice(0, MAX_GROUPS),
  );
  const files = new Set([
    ...groups.flatMap((group) => group.files.slice(0, MAX_FILES_OF_GROUP)),
    ...[...labelErrors.slice(0, MAX_FILES), ...outliers.slice(0, MAX_FILES)].map(({ file }) => file),
  ]);
  const images = new Map<string, string>();
  for (const file of files) {
    const image = await pageImage(join(root, ...file.split('/')));
    if (image !== undefined) images.set(file, image);
  }
  return images;
}
