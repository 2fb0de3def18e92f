import { chromium } from 'playwright-core';
const [file, prefix, ...which] = process.argv.slice(2);
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--disable-gpu'] });
for (const [w, scheme] of [[1600,'light'],[800,'dark'],[360,'light'],[1600,'dark'],[360,'dark'],[800,'light']]) {
  if (which.length && !which.includes(w+scheme)) continue;
  const c = await b.newContext({ viewport: { width: w, height: 900 }, colorScheme: scheme });
  const p = await c.newPage();
  p.on('console', m => console.log('console', m.type(), m.text())); p.on('pageerror', e => console.log('error', e.message, e.stack));
  const t = Date.now();
  await p.goto('file://' + file);
  await p.waitForSelector('html[data-ready]', {timeout: 20000}).catch(e=>console.log(e.message));
  console.log(w, scheme, Date.now() - t, 'ms');
  const h = await p.evaluate(() => document.documentElement.scrollHeight);
  const sw = await p.evaluate(() => document.documentElement.scrollWidth);
  if (sw > w) console.log('overflow', sw, w);
  await p.setViewportSize({ width: w, height: Math.min(h, 5000) });
  await p.waitForTimeout(700);
  if (process.env.HOVER) { const box = await p.locator('#chart .plot').boundingBox(); await p.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.4); await p.waitForTimeout(100);}
  const clip = process.env.CLIP?.split(",").map(Number); await p.screenshot({ path: `${prefix}-${w}-${scheme}.png`, ...(clip && { clip: { x: 0, y: clip[0], width: w, height: clip[1] } }) });
  await c.close();
}
await b.close();
