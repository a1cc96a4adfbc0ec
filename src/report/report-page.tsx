/** @file The report of a run as one HTML file. */

import type { ComponentChildren, JSX } from 'preact';
import { type Task, taskNamed } from '../recipe/task.ts';
import { Name } from '../ui/name.tsx';
import { renderPage, type SectionLink } from '../ui/page.tsx';
import { ClassesSection } from './classes-section.tsx';
import { ConfidenceSection, tellsConfidence } from './confidence-section.tsx';
import { ConfusionSection } from './confusion-section.tsx';
import { CurvesSection } from './curves-section.tsx';
import { DataSection } from './data-section.tsx';
import { MetricsSection } from './metrics-section.tsx';
import { RecipeSection } from './recipe-section.tsx';
import type { RunReportData } from './report-data.ts';
import { count, formatCount } from './report-numbers.ts';
import { WorstSection } from './worst-section.tsx';

/** Renders a report. The same data give the same bytes. */
export function reportPage(data: RunReportData): string {
  const sections = sectionsOf(data);
  return renderPage(
    {
      title: data.name,
      kind: 'report of a run',
      lead: <Lead data={data} />,
      contents: sections.map(({ link }) => link),
      colophon: (
        <p>
          {`Graft ${data.info.graftVersion}. This file holds all that it shows; it asks for nothing, and opens offline.`}
        </p>
      ),
    },
    sections.map(({ content }) => content),
  );
}

interface PageSection {
  readonly link: SectionLink;
  readonly content: ComponentChildren;
}

function sectionsOf(data: RunReportData): PageSection[] {
  const { measured } = data;
  const all: (PageSection | undefined)[] = [
    { link: { id: 'metrics', title: 'How good it is' }, content: <MetricsSection data={data} /> },
    data.history.length === 0
      ? undefined
      : { link: { id: 'training', title: 'Training' }, content: <CurvesSection data={data} /> },
    measured?.classes === undefined
      ? undefined
      : {
          link: { id: 'confusion', title: 'What it confuses' },
          content: <ConfusionSection measured={measured} classes={measured.classes} one={data.one} />,
        },
    measured === undefined || measured.worst.length === 0
      ? undefined
      : {
          link: { id: 'worst', title: 'Where it is most wrong' },
          content: <WorstSection measured={measured} one={data.one} />,
        },
    tellsConfidence(data.info, measured)
      ? {
          link: { id: 'confidence', title: 'How sure it is' },
          content: <ConfidenceSection info={data.info} one={data.one} measured={measured} />,
        }
      : undefined,
    { link: { id: 'classes', title: 'Classes' }, content: <ClassesSection data={data} /> },
    { link: { id: 'data', title: 'Data' }, content: <DataSection data={data} /> },
    { link: { id: 'recipe', title: 'Cost and recipe' }, content: <RecipeSection data={data} /> },
  ];
  return all.filter((section) => section !== undefined);
}

function Lead({ data: { info, one } }: { readonly data: RunReportData }): JSX.Element {
  const { classNames, recipe, train } = info;
  const { words } = taskNamed<Task>(recipe.task);
  return (
    <p>
      {`Tells ${count(classNames.length)} ${classNames.length === 1 ? words.one : words.several} (`}
      {classNames.slice(0, 6).map((name, index) => (
        <span key={name}>
          {index === 0 ? '' : ', '}
          <Name of={name} />
        </span>
      ))}
      {`${classNames.length > 6 ? ', ...' : ''}), learned from ${formatCount(train.examples, one)} on top of `}
      <Name of={info.backbone.name} />.
    </p>
  );
}
