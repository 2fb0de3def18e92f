/** Answers the checks of cases.ts with a runtime of JavaScript: answer.js onnxruntime-web|tfjs|tfjs-node CHECKS.json */
import { readFileSync, writeFileSync } from 'node:fs';

const ROWS = 1000;

/** Not by a literal name: the types of these packages would bring the DOM's into the whole project. */
const load = (name) => import(name);

/** Of bytes read from a file. */
const floats = (file) => new Float32Array(new Uint8Array(readFileSync(file)).buffer);

/** The first largest of each row's scores, among those that are allowed. */
function choices(scores, width, mask) {
  return Float32Array.from({ length: ROWS }, (_, row) => {
    const own = Array.from(scores.subarray(row * width, (row + 1) * width), (score, k) =>
      mask && mask[row * width + k] === 0 ? -Infinity : score,
    );
    return own.indexOf(Math.max(...own));
  });
}

const pairs = (first, second) =>
  Float32Array.from({ length: 2 * ROWS }, (_, k) => (k % 2 === 0 ? first : second)[k >> 1]);

async function answerOfOnnx() {
  const ort = await load('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  return async (check, inputs, mask) => {
    const suffix = check.networks > 1 ? `_${check.network}` : '';
    const name = check.model === 'critic' ? `${check.identifier}.critic` : check.identifier;
    const session = await ort.InferenceSession.create(readFileSync(`${check.folder}/onnx/${name}.onnx`));
    const feeds = Object.fromEntries(
      check.inputs.map((part, k) => [part.name, new ort.Tensor('float32', inputs[k], [ROWS, part.width])]),
    );
    const outputs = await session.run(feeds);
    await session.release();
    const answer = outputs[`${check.model === 'critic' ? 'value' : 'action'}${suffix}`].data;
    if (!mask) return answer;
    const scores = outputs[`scores${suffix}`].data;
    return pairs(Float32Array.from(answer, Number), choices(scores, check.width, mask));
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
    const given = inputs.map((data, k) => tf.tensor2d(data, [ROWS, check.inputs[k].width]));
    const outputs = [model.predict(given)].flat();
    const answer = outputs[check.network].dataSync();
    for (const tensor of [...given, ...outputs]) tensor.dispose();
    model.dispose();
    return mask ? pairs(choices(answer, check.width), choices(answer, check.width, mask)) : answer;
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
