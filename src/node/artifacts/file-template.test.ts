import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { parseFileTemplate } from './file-template.ts';

const fill = (template: string, fields: Record<string, number>): string =>
  parseFileTemplate(template, 'test')(fields);

describe('parseFileTemplate', () => {
  // What Python 3.11 gives for str.format.
  it.each([
    ['{epoch}-{val_loss:.4f}', { epoch: 3, val_loss: 0.12345 }, '3-0.1235'],
    ['{epoch:02d}-{val_loss:.2f}', { epoch: 3, val_loss: 0.5 }, '03-0.50'],
    ['{epoch:3d}|{loss:8.3f}|{loss:08.3f}', { epoch: 3, loss: 0.5 }, '  3|   0.500|0000.500'],
    ['{accuracy:.1%}', { accuracy: 0.987 }, '98.7%'],
    ['{{x}}{loss}', { loss: 1 }, '{x}1.0'],
    ['{loss}', { loss: 1e-5 }, '1e-05'],
    ['{loss}', { loss: 0.0001234 }, '0.0001234'],
    ['{loss:e} {loss:.2e}', { loss: 0.00012345 }, '1.234500e-04 1.23e-04'],
    ['{loss:f}', { loss: 0.25 }, '0.250000'],
    ['{loss:05.1f}', { loss: -2.5 }, '-02.5'],
    ['{loss:.2f}{loss}', { loss: Number.POSITIVE_INFINITY }, 'infinf'],
    ['{loss:.2f}', { loss: Number.NaN }, 'nan'],
    ['{epoch:.2f}', { epoch: 2 }, '2.00'],
    ['{loss:5}|{epoch:5}|{epoch:05}', { loss: 2.5, epoch: 5 }, '  2.5|    5|00005'],
  ])('fills %s with %j', (template, fields, expected) => {
    expect(fill(template, fields as Record<string, number>)).toBe(expected);
  });

  it.each([
    ['{epoch:x}', '{epoch:x}'],
    ['{val_loss:d}', '{val_loss:d}'],
    ['{val_loss:.3}', '{val_loss:.3}'],
    ['{val_loss:.101f}', '{val_loss:.101f}'],
    ['{}', '{'],
    ['a{epoch', '{'],
    ['epoch}', '}'],
  ])('refuses %s', (template, part) => {
    expect(() => parseFileTemplate(template, 'model checkpoint')).toThrow(
      withMessage(
        `model checkpoint: expected fields such as {epoch:02d} or {val_loss:.4f} in the file name, received "${part}" in "${template}". Write {{ and }} for the braces themselves.`,
      ),
    );
  });

  it('names the fields there are, and the nearest', () => {
    expect(() => fill('{val_los:.2f}', { epoch: 1, loss: 1, val_loss: 1 })).toThrow(
      withMessage(
        'test: expected fields among {epoch}, {loss}, {val_loss} in the file name, received {val_los}. Did you mean {val_loss}?',
      ),
    );
  });
});
