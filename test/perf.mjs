import { chromium } from 'playwright-core';
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--disable-gpu'] });
const p = await b.newPage();
for (let k=0;k<4;k++){ await p.goto('file://'+process.argv[2]); await p.waitForSelector('html[data-ready]'); console.log(await p.evaluate(()=>Math.round(performance.now()))); }
const c = await p.context().newCDPSession(p); await c.send('Profiler.enable'); await c.send('Profiler.start');
await p.reload(); await p.waitForSelector('html[data-ready]');
const {profile} = await c.send('Profiler.stop');
const self = new Map(); const dt = profile.timeDeltas; profile.samples.forEach((id,i)=>self.set(id,(self.get(id)||0)+dt[i]));
const by = new Map(); for (const n of profile.nodes){ const k=n.callFrame.functionName+':'+n.callFrame.lineNumber+':'+n.callFrame.columnNumber; by.set(k,(by.get(k)||0)+(self.get(n.id)||0)); }
console.log([...by].sort((a,b)=>b[1]-a[1]).slice(0,14).map(([k,v])=>k+' '+Math.round(v/1000)+'ms').join('\n'));
await b.close();
