#!/bin/sh
# Type-checks the packed declarations in a consumer project, with skipLibCheck off, under several TypeScript versions:
#
#   sh scripts/check-declarations.sh              the oldest version supported (README.md) and the newest
#   sh scripts/check-declarations.sh 5.5 5.9      these versions
#
# Packs dist/ as is: run npm run build first. Needs npm and a registry. Exit status: 0 if all pass, else 1.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
[ $# -gt 0 ] || set -- 5.5 latest

(cd "$root" && npm pack --ignore-scripts --pack-destination "$folder" >/dev/null 2>&1)
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
cat >use.ts <<'TS'
import { loadPolicy, makeEnv, train, type Config } from 'maddpg';
export * from 'maddpg';

const config: Partial<Config> = { running_steps: 2000 };
const { run } = await train(config);
const policy = await loadPolicy(run);
const env = makeEnv('simple_spread_v3', {});
env.step(policy.act(env.reset({ seed: 1 }).observations));
TS

status=0
for version; do
  npm install --no-audit --no-fund --loglevel=error ./maddpg-*.tgz @types/node@20 "typescript@$version" >/dev/null
  for resolution in nodenext bundler; do
    case $resolution in bundler) module=esnext ;; *) module=nodenext ;; esac
    printf 'TypeScript %s, moduleResolution %s: ' "$(npx tsc --version | cut -d ' ' -f 2)" "$resolution"
    if npx tsc --noEmit --strict --skipLibCheck false --target es2022 --lib es2022 --types node \
      --module "$module" --moduleResolution "$resolution" use.ts; then
      echo passes
    else
      status=1
    fi
  done
done
exit $status
