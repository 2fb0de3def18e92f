/** Which of TensorFlow's packages are installed, and how to install them. Loads nothing. */
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellQuote } from '../../core/shell-quote.ts';

/** The version whose internal calls the engine knows. */
export const TFJS_VERSION = '4.22.0';

export type Device = 'cpu' | 'gpu';

export const PACKAGES: Readonly<Record<Device, string>> = {
  cpu: '@tensorflow/tfjs-node',
  gpu: '@tensorflow/tfjs-node-gpu',
};

/** The same file from src/ and dist/. */
const INSTALLER = new URL('../../../scripts/install-tensorflow.sh', import.meta.url);

const resolver = createRequire(import.meta.url);

/** What to type to get the package. */
export function installationAdvice(device: Device): string {
  const installer = shellQuote(relative(process.cwd(), fileURLToPath(INSTALLER)));
  return `npm install --no-save --save-prod ${PACKAGES[device]}@${TFJS_VERSION}, or if its download fails, sh ${installer} --${device}`;
}

/** The installed version of the device's package; undefined where there is none. */
export function installedVersion(device: Device): string | undefined {
  try {
    return (resolver(`${PACKAGES[device]}/package.json`) as { version: string }).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
