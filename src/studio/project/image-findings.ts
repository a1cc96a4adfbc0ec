/**
 * @file What a check found, by the images as they are now: a label that was mended, a copy that lies in the bin are findings no more.
 */

import { quoteList } from '../../core/errors/name-list.ts';
import type { CheckReport, CheckWarning } from '../../inspection/check-report.ts';
import { IMAGE_FAULTS, type ImageFault } from '../../vision/inspection/image-faults.ts';
import { FINDING_KINDS, type FindingKind } from '../engine/check-state.ts';
import type { ImageFinding } from '../engine/project-state.ts';
import type { ImageIndex, IndexedImage } from './image-index.ts';
import { lastName } from './project-place.ts';

/** Images, the worst first, each with what is said of it. */
type Findings = ReadonlyMap<IndexedImage, ImageFinding>;

interface Group {
  readonly kind: 'exact' | 'near';
  readonly images: readonly IndexedImage[];
}

interface Suspect {
  readonly image: IndexedImage;
  readonly given: string;
  readonly suggested: string;
}

export class ImageFindings {
  readonly #index: ImageIndex;
  readonly #checked: ReadonlySet<IndexedImage>;
  readonly #suspects: readonly Suspect[];
  readonly #groups: readonly Group[];
  readonly #leaks: readonly (readonly IndexedImage[])[];
  readonly #outliers: readonly IndexedImage[];
  readonly #faults: ReadonlyMap<IndexedImage, string>;
  readonly #known = new Map<FindingKind, Findings>();
  #version = -1;

  /**
   * @param report - Of the folder that the index is of.
   * @param checked - Images by the paths that they had when the check began: meanwhile, some may have been moved.
   */
  constructor(report: CheckReport, index: ImageIndex, checked: ReadonlyMap<string, IndexedImage>) {
    const at = (file: string): readonly IndexedImage[] => {
      const image = checked.get(file);
      return image === undefined ? [] : [image];
    };
    this.#index = index;
    this.#checked = new Set(checked.values());
    this.#suspects = report.labelErrors.flatMap(({ file, given, suggested }) =>
      at(file).map((image) => ({ image, given, suggested })),
    );
    this.#groups = report.duplicates.map(({ kind, files }) => ({ kind, images: files.flatMap(at) }));
    this.#leaks = report.leaks.map(({ files }) => files.flatMap(at));
    this.#outliers = report.outliers.flatMap(({ file }) => at(file));
    const faults = new Map<IndexedImage, string>();
    for (const { kind, files = [] } of report.warnings) {
      for (const image of files.flatMap(at)) {
        const text = faultText(kind, image);
        if (text) faults.set(image, [faults.get(image), text].filter(Boolean).join(', '));
      }
    }
    this.#faults = faults;
  }

  get checked(): number {
    return this.#checked.size;
  }

  /** Images that the check did not look at; texts without a label are none that it could. */
  unchecked(): number {
    return this.#index.all.filter((image) => image.className && !this.#checked.has(image)).length;
  }

  counts(): Readonly<Record<FindingKind, number>> {
    const counted = FINDING_KINDS.map((kind) => [kind, this.of(kind).size]);
    return Object.fromEntries(counted) as Record<FindingKind, number>;
  }

  of(kind: FindingKind): Findings {
    if (this.#version !== this.#index.version) this.#known.clear();
    this.#version = this.#index.version;
    const known = this.#known.get(kind) ?? this.#find(kind);
    this.#known.set(kind, known);
    return known;
  }

  #find(kind: FindingKind): Findings {
    switch (kind) {
      case 'label':
        return new Map(
          this.#suspects.flatMap(({ image, given, suggested }) =>
            this.#isThere(image) && image.className === given
              ? [[image, { text: `looks like ${suggested}`, suggested }] as const]
              : [],
          ),
        );
      case 'leak':
        return this.#leaking();
      case 'duplicate':
        return this.#duplicates();
      case 'outlier':
        return this.#told(this.#outliers.map((image) => [image, 'like no other']));
      case 'fault':
        return this.#told([...this.#faults]);
    }
  }

  #duplicates(): Findings {
    const found = new Map<IndexedImage, ImageFinding>();
    for (const { kind, images } of this.#groups) {
      const there = images.filter((image) => this.#isThere(image));
      if (there.length < 2) continue;
      for (const image of there) {
        if (found.has(image)) continue;
        const other = there.find((each) => each !== image)!;
        const same = image.text === undefined ? 'same file as' : 'same text as';
        const text = `${kind === 'exact' ? same : 'nearly the same as'} ${placeOf(other)}`;
        found.set(image, { text, suggested: null });
      }
    }
    return found;
  }

  #leaking(): Findings {
    const found = new Map<IndexedImage, ImageFinding>();
    for (const images of this.#leaks) {
      const there = images.filter((image) => this.#isThere(image));
      for (const image of there) {
        const otherLabel = there.find(({ className }) => className !== image.className);
        const otherPart = there.find(({ part }) => part !== image.part);
        const also = otherLabel ?? otherPart;
        if (also === undefined || found.has(image)) continue;
        const what = [otherLabel?.className, otherPart?.part].filter(Boolean).join(', ');
        found.set(image, { text: `also in ${what}: ${lastName(also.path)}`, suggested: null });
      }
    }
    return found;
  }

  #told(found: readonly (readonly [IndexedImage, string])[]): Findings {
    return new Map(
      found.flatMap(([image, text]) =>
        this.#isThere(image) ? [[image, { text, suggested: null }] as const] : [],
      ),
    );
  }

  #isThere(image: IndexedImage): boolean {
    return image.className !== null && this.#index.get(image.id) === image;
  }
}

function faultText(kind: CheckWarning['kind'], { text }: IndexedImage): string | undefined {
  if (kind === 'unreadable') return text === undefined ? 'cannot be read' : 'empty';
  return kind in IMAGE_FAULTS ? IMAGE_FAULTS[kind as ImageFault] : undefined;
}

function placeOf({ path, className }: IndexedImage): string {
  return `${lastName(path)} of ${quoteList([className ?? ''])}`;
}
