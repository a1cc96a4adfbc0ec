import { HtmlValidate } from 'html-validate';
import { describe, expect, it } from 'vitest';
import { BarList } from './bar-list.tsx';
import { LinePlot } from './charts/line-plot.tsx';
import { ReliabilityPlot } from './charts/reliability-plot.tsx';
import { ConfusionTable } from './confusion-table.tsx';
import { DataTable } from './data-table.tsx';
import { Facts } from './facts.tsx';
import { Name } from './name.tsx';
import { renderPage } from './page.tsx';
import { Photos } from './photos.tsx';
import { Section } from './section.tsx';
import { Opener, Sheet } from './sheet.tsx';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>\u202e`;
const PIXEL = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

function examplePage(name: string): string {
  const options = { title: name, kind: 'example', lead: name, contents: [{ id: 'one', title: 'One' }] };
  return renderPage(
    { ...options, colophon: name },
    <Section id="one" title={name} note={name}>
      <Facts facts={[{ label: name, value: name, detail: name }]} />
      <DataTable
        label={name}
        columns={[{ title: name }, { title: 'n', isNumber: true }]}
        rows={[[name, 3]]}
      />
      <Photos photos={[{ src: PIXEL, alt: name, caption: <Name of={name} /> }]} />
      <BarList bars={[{ name, value: 3, text: name }]} />
      <ConfusionTable
        classNames={[name, 'b']}
        confusion={[
          [3, 1],
          [0, 2],
        ]}
        sheetOf={(truth) => (truth === 0 ? 'cell' : undefined)}
      />
      <Opener opens="cell">{name}</Opener>
      <Sheet id="cell" title={name}>
        <p>{name}</p>
      </Sheet>
      <LinePlot
        title={name}
        description={name}
        x={{ label: name, domain: [0, 1] }}
        y={{ label: name, domain: [0, 1], format: 'percent' }}
        series={[
          {
            label: name,
            color: 'sea',
            points: [
              [0, 0],
              [0.5, Number.NaN],
              [1, 1],
            ],
            hasDots: true,
          },
        ]}
        marks={[{ x: 0.5, title: name, text: name, isDashed: true }]}
        spots={[{ at: [0.5, 0.5], label: name, color: 'clay' }]}
        chance={[
          [0, 0],
          [1, 1],
        ]}
      />
      <ReliabilityPlot
        title={name}
        description={name}
        bins={[
          { from: 0, to: 0.5, images: 0, confidence: 0, accuracy: 0 },
          { from: 0.5, to: 1, images: 3, confidence: 0.8, accuracy: 2 / 3 },
        ]}
      />
    </Section>,
  );
}

describe('a page', () => {
  it('is valid HTML', async () => {
    const { results } = await new HtmlValidate({ extends: ['html-validate:standard'] }).validateString(
      examplePage('cats & dogs'),
    );
    expect(
      results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`)),
    ).toEqual([]);
  });

  it('shows markup in names as text, and what hides text by its code', () => {
    const html = examplePage(HOSTILE);
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<img src=x');
    expect(html.match(/<[^>]*onerror/g)).toBeNull();
    expect(html).toContain('<title>&quot;>&lt;script>alert(1)&lt;/script>&lt;img src=x onerror=');
    expect(html).toContain('<h1><bdi>&quot;>&lt;script>alert(1)&lt;/script>');
    expect(html).toContain('\\u202e</bdi></h1>');
  });

  it('asks for nothing: no address but of what is in it', () => {
    const html = examplePage('cats');
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"|url\(([^)]*)\)/g)].map(([, a, b]) => a ?? b);
    expect(addresses.filter((address) => !/^(?:#|data:)/.test(address ?? ''))).toEqual([]);
    expect(html).toContain("content=\"default-src 'none'; img-src data:;");
  });

  it('is the same bytes for the same content', () => {
    expect(examplePage('cats')).toBe(examplePage('cats'));
  });

  it('draws a curve with gaps, without a number that is none', () => {
    expect(examplePage('cats')).not.toMatch(/NaN|Infinity/);
  });
});
