// Writes src/player/glyphs.ts: the letters of GIF, MP4 and PNG, as Chromium draws DejaVu Sans at 13 px.
//
//   node scripts/glyphs.js > src/player/glyphs.ts
//
// Needs chromium on the PATH and DejaVu Sans (fonts-dejavu-core, free to embed).
import { chromium } from 'playwright-core';

const [SIZE, HEIGHT, BASELINE] = [13, 16, 12];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage();
const glyphs = await page.evaluate(
  `(() => {
    const context = new OffscreenCanvas(32, ${HEIGHT}).getContext('2d', { willReadFrequently: true });
    context.font = '${SIZE}px "DejaVu Sans"';
    const letters = [...Array(95).keys()].map((k) => String.fromCharCode(32 + k)).concat('·');
    return letters.map((letter) => {
      context.fillStyle = 'white';
      context.fillRect(0, 0, 32, ${HEIGHT});
      context.fillStyle = 'black';
      context.fillText(letter, 0, ${BASELINE});
      const width = Math.round(context.measureText(letter).width);
      const { data } = context.getImageData(0, 0, width, ${HEIGHT});
      let coverage = '';
      for (let at = 0; at < data.length; at += 4)
        coverage += Math.round((255 - data[at + 1]) / 17).toString(16);
      return letter + coverage;
    });
  })()`,
);
await browser.close();

const lines = glyphs.map(
  (glyph) =>
    `  ${JSON.stringify(glyph).replace(/^"(.*)"$/, (_, text) => (text.includes("'") || text.includes('\\') ? `"${text}"` : `'${text}'`))},`,
);
process.stdout.write(`/**
 * Letters of 13 px, drawn from DejaVu Sans by scripts/glyphs.js: the letter, then its coverage from 0 to f, row by row.
 */

export const GLYPH_HEIGHT = ${HEIGHT};

export const GLYPHS: readonly string[] = [
${lines.join('\n')}
];
`);
