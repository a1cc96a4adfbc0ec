/**
 * @file Does the studio stay quick with a hundred thousand images? First paint, tiles, frames while it scrolls, memory, relabelling:
 *
 *     npm run build && npx tsx bench/studio-images.ts [IMAGES]
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { startStudioProcess } from '../tests/e2e/studio-process.ts';

const IMAGES = Number(process.argv[2] ?? 100_000);
const CLASSES = 10;
/** Drawings; each file has other bytes behind its end. */
const DRAWN = 200;
const RELABELLED = 1000;
const SLOW_FRAME_MS = 50;

const cwd = mkdtempSync(join(tmpdir(), 'graft-bench-studio-'));
try {
  await drawImages(join(cwd, 'many'));
  await measure();
} finally {
  rmSync(cwd, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const studio = await startStudioProcess(cwd, 'many', join(cwd, 'home'));
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(studio.address);
    await page.locator(`[aria-setsize="${IMAGES}"]`).first().waitFor({ timeout: 120_000 });
    // What counts is a page of a studio that has read its folder.
    await page.reload();
    await page.locator('.tile img').first().waitFor();
    const paint = await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0].startTime');
    console.log(`first paint: ${Math.round(paint as number)} ms`);
    for (const step of [120, 600, 4000]) await scroll(page, step);
    const ids = (await studio.ask('ids', { query: { className: 'class-0' } })) as number[];
    const started = performance.now();
    await studio.ask('relabel', { ids: ids.slice(0, RELABELLED), className: 'class-1' });
    console.log(`relabelling ${RELABELLED}: ${Math.round(performance.now() - started)} ms`);
    console.log(`server: ${peakMegabytes(studio.pid)} MB at most`);
  } finally {
    await browser.close();
    await studio.close();
  }
}

/** Scrolls for three seconds, a step every frame. */
async function scroll(page: Page, stepPx: number): Promise<void> {
  await page.evaluate('scrollTo(0, 0)');
  await page.waitForTimeout(1000);
  const frames = (await page.evaluate(`new Promise((resolve) => {
    const frames = [];
    let last = performance.now();
    const next = (now) => {
      frames.push(now - last);
      last = now;
      scrollBy(0, ${stepPx});
      if (frames.length < 180) requestAnimationFrame(next);
      else resolve(frames.slice(1));
    };
    requestAnimationFrame(next);
  })`)) as number[];
  const sorted = frames.toSorted((a, b) => a - b);
  const slow = frames.filter((each) => each > SLOW_FRAME_MS).length;
  const tiles = await page.locator('.tile').count();
  console.log(
    `${stepPx} px a frame: ${slow} of ${frames.length} frames over ${SLOW_FRAME_MS} ms, median ${sorted[Math.floor(sorted.length / 2)]!.toFixed(0)} ms, longest ${sorted.at(-1)!.toFixed(0)} ms; ${tiles} tiles`,
  );
}

function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1000);
}

async function drawImages(folder: string): Promise<void> {
  const drawings = await Promise.all(
    Array.from({ length: DRAWN }, (_, index) =>
      sharp({
        create: { width: 64, height: 64, channels: 3, background: `hsl(${(index * 137) % 360} 60% 50%)` },
      })
        .jpeg()
        .toBuffer(),
    ),
  );
  for (let index = 0; index < CLASSES; index++)
    mkdirSync(join(folder, `class-${index}`), { recursive: true });
  for (let index = 0; index < IMAGES; index++) {
    const bytes = Buffer.concat([drawings[index % DRAWN]!, Buffer.from(String(index))]);
    writeFileSync(join(folder, `class-${index % CLASSES}`, `${index}.jpg`), bytes);
  }
}
