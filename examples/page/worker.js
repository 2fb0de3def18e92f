// Trains in a worker, so that the page stays responsive.
import { createWasmEngine, MemoryRun, mpeEnvironments, resolveConfig, Trainer } from './browser.js';

// ?set=seed=2&set=threads=2 changes keys, as --set does on the command line.
const sets = new URLSearchParams(location.search).getAll('set');
const text = await (await fetch('mpe.yaml')).text();
const { config } = resolveConfig({ sources: [{ name: 'mpe.yaml', text }], sets });

const kernels = { fused: 'kernels-single.wasm', threaded: { fused: 'kernels.wasm' } };
const engine = await createWasmEngine(kernels, config);
postMessage({ line: `engine ${engine.name}, threads: ${engine.threads}` });

const factory = mpeEnvironments(config);
const run = new MemoryRun(config, engine.name);
const trainer = new Trainer(config, { factory, evaluation: factory.make(1) }, engine, run, {
  onEvent: (line) => postMessage({ line }),
  onWarning: (line) => postMessage({ line: `warning: ${line}` }),
});
await trainer.run();
postMessage({ zip: run.zip() });
