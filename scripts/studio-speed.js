// Frames and training steps a second of the studio in headless browsers, beside the command line's on the same machine.
//
//   node scripts/studio-speed.js [seconds]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SECONDS = Number(process.argv[2] ?? 20);
const PAGE = new URL('../dist/studio.html', import.meta.url).href;
/** Runs in the page: steps and frames over some seconds, from when updates are made. */
const MEASURE = `new Promise((resolve) => {
  const { training } = maddpgStudio;
  let from, frames = 0;
  const tick = (now) => {
    if (training.updates > 50) {
      from ??= { now, step: training.step };
      if (now - from.now > ${SECONDS * 1000})
        return resolve([(training.step - from.step) / (now - from.now) * 1000, frames / (now - from.now) * 1000]);
      frames++;
    }
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})`;

const shown = (
  /** @type {string} */ name,
  /** @type {number} */ steps,
  /** @type {number} */ frames = NaN,
) => {
  const rate = Number.isNaN(frames) ? '–' : frames.toFixed(0);
  console.log(
    `${name.padEnd(12)} ${String(Math.round(steps)).padStart(8)} steps/s ${rate.padStart(5)} frames/s`,
  );
};

{
  const folder = mkdtempSync(join(tmpdir(), 'maddpg-speed-'));
  const options = [
    '--config',
    join(ROOT, 'configs/mpe/simple_spread.yaml'),
    '--name',
    'run',
    '--set',
    'threads=1',
  ];
  const args = [join(ROOT, 'bin/maddpg.js'), 'train', ...options, '--set', `max_wall_s=${SECONDS}`];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' });
  await new Promise((resolve) => child.once('close', resolve));
  const records = readFileSync(join(folder, 'runs/run/metrics.jsonl'), 'utf8').trimEnd().split('\n');
  const { step, wall_s } = JSON.parse(records.at(-1) ?? '{}');
  shown('Node', step / wall_s);
  rmSync(folder, { recursive: true });
}
{
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage();
  await page.goto(PAGE);
  const [steps, frames] = /** @type {number[]} */ (await page.evaluate(MEASURE));
  shown('Chromium', steps, frames);
  await browser.close();
}
{
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: '/usr/bin/firefox-esr' });
  const page = await browser.newPage();
  await page.goto(PAGE);
  const [steps, frames] = /** @type {number[]} */ (await page.evaluate(MEASURE));
  shown('Firefox', steps, frames);
  await browser.close();
}
