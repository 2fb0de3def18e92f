/** Answers the checks of cases.ts with a runtime of JavaScript: answer.js onnxruntime-web|tfjs|tfjs-node CHECKS.json */
import { readFileSync, writeFileSync } from 'node:fs';

const ROWS = 1000;
const ENVIRONMENTS = 40;

/** Not by a literal name: the types of these packages would bring the DOM's into the whole project. */
const load = (name) => import(name);

/** Of bytes read from a file. */
const floats = (file) => new Float32Array(new Uint8Array(readFileSync(file)).buffer);

/** The first largest of each row's scores, among those that are allowed. */
function choices(scores, width, mask) {
  return Float32Array.from({ length: scores.length / width }, (_, row) => {
    const own = Array.from(scores.subarray(row * width, (row + 1) * width), (score, k) =>
      mask && mask[row * width + k] === 0 ? -Infinity : score,
    );
    return own.indexOf(Math.max(...own));
  });
}

const pairs = (first, second) =>
  Float32Array.from({ length: 2 * first.length }, (_, k) => (k % 2 === 0 ? first : second)[k >> 1]);

/**
 * Answers to all rows: `act` resolves with the answer to some rows and, of recurrent actors, with the next state. These are
 * asked step by step; their last states are written.
 */
async function answersOf(check, inputs, mask, act) {
  if (check.state === 0) return (await act(ROWS, inputs, mask)).answer;
  const begins = floats(check.begins);
  let state = new Float32Array(ENVIRONMENTS * check.state);
  const answers = [];
  for (let from = 0; from < ROWS; from += ENVIRONMENTS) {
    const rowsOf = (all, width) => all && all.slice(from * width, (from + ENVIRONMENTS) * width);
    state = state.map((x, k) => (begins[from + Math.floor(k / check.state)] ? 0 : x));
    const obs = rowsOf(inputs[0], check.inputs[0].width);
    const acted = await act(ENVIRONMENTS, [obs, state], rowsOf(mask, check.width));
    answers.push(...acted.answer);
    state = Float32Array.from(acted.state);
  }
  writeFileSync(`${check.stem}.${runtime}.state`, state);
  return Float32Array.from(answers, Number);
}

/** Names and widths of what a model takes. */
const partsOf = ({ inputs, state }) => (state > 0 ? [...inputs, { name: 'state', width: state }] : inputs);

async function answerOfOnnx() {
  const ort = await load('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  return async (check, inputs, mask) => {
    const suffix = check.networks > 1 ? `_${check.network}` : '';
    const name = check.model === 'critic' ? `${check.identifier}.critic` : check.identifier;
    const session = await ort.InferenceSession.create(readFileSync(`${check.folder}/onnx/${name}.onnx`));
    const answers = await answersOf(check, inputs, mask, async (rows, given, masks) => {
      const feeds = partsOf(check).map(({ name, width }, k) => [
        name,
        new ort.Tensor('float32', given[k], [rows, width]),
      ]);
      const outputs = await session.run(Object.fromEntries(feeds));
      const answer = outputs[`${check.model === 'critic' ? 'value' : 'action'}${suffix}`].data;
      const state = outputs['next_state']?.data;
      if (!masks) return { answer, state };
      const scores = outputs[`scores${suffix}`].data;
      return { answer: pairs(Float32Array.from(answer, Number), choices(scores, check.width, masks)), state };
    });
    await session.release();
    return answers;
  };
}

async function answerOfTfjs(tf) {
  return async (check, inputs, mask) => {
    const folder = `${check.folder}/tfjs/${check.identifier}${check.model === 'critic' ? '.critic' : ''}`;
    const { modelTopology, weightsManifest } = JSON.parse(readFileSync(`${folder}/model.json`, 'utf8'));
    const weightData = floats(`${folder}/weights.bin`).buffer;
    const model = await tf.loadLayersModel(
      tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
    );
    const answers = await answersOf(check, inputs, mask, async (rows, given, masks) => {
      const tensors = partsOf(check).map(({ width }, k) => tf.tensor2d(given[k], [rows, width]));
      const outputs = [model.predict(tensors)].flat();
      const answer = outputs[check.network].dataSync();
      const state = check.state > 0 ? outputs.at(-1).dataSync() : undefined;
      for (const tensor of [...tensors, ...outputs]) tensor.dispose();
      if (!masks) return { answer, state };
      return { answer: pairs(choices(answer, check.width), choices(answer, check.width, masks)), state };
    });
    model.dispose();
    return answers;
  };
}

/** tf, as @tensorflow/tfjs exports it, from its parts: a sixth of its size. */
async function parts() {
  await load('@tensorflow/tfjs-backend-cpu');
  return { ...(await load('@tensorflow/tfjs-core')), ...(await load('@tensorflow/tfjs-layers')) };
}

const RUNTIMES = {
  'onnxruntime-web': answerOfOnnx,
  tfjs: async () => answerOfTfjs(await parts()),
  'tfjs-node': async () => answerOfTfjs((await load('@tensorflow/tfjs-node')).default),
};

const [runtime, file] = process.argv.slice(2);
const answer = await RUNTIMES[runtime]();
for (const check of JSON.parse(readFileSync(file, 'utf8'))) {
  const inputs = check.inputs.map((input) => floats(input.file));
  const mask = check.mask === undefined ? undefined : floats(check.mask);
  writeFileSync(`${check.stem}.${runtime}`, await answer(check, inputs, mask));
}
