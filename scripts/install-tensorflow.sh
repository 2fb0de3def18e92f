#!/bin/sh
# Installs the TensorFlow engine, @tensorflow/tfjs-node (or tfjs-node-gpu with --gpu), in the current project, on top of
# the C library from TensorFlow's Python wheel. For networks that cannot reach the download in the package's install
# script; Python is not used at run time.
#
#   sh scripts/install-tensorflow.sh                          in a clone of maddpg
#   sh node_modules/maddpg/scripts/install-tensorflow.sh      in a project that uses maddpg
#
#   --cpu | --gpu  package and library build. Default: the installed package, else
#                  tfjs-node; the GPU build for tfjs-node-gpu if an NVIDIA driver
#                  is loaded.
#   --cuda         with --gpu: also download the CUDA libraries that the wheel
#                  requires (about 2 GB). Without it they must be installed.
#   --copy         copy the libraries into node_modules instead of linking to
#                  the cache (for container images).
#   --force        rebuild and relink even if the package already works.
#
# Environment: TFJS_TF_VERSION (default 2.15.1; needs 2.12 or later),
# TFJS_TF_CACHE (cache directory), PYTHON, CXX, and pip's variables.
# Needs: Linux with glibc, node, npm, python3 with pip, a C++17 compiler.
# Exit status: 0 if the package multiplies two matrices on TensorFlow, else 1.
# shellcheck disable=SC2016  # JavaScript and $ORIGIN are in single quotes
set -eu

say() { printf 'install-tensorflow: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

flavor='' cuda=0 copy=0 force=0
for arg; do
  case $arg in
    --cpu) flavor=cpu ;;
    --gpu) flavor=gpu ;;
    --cuda) cuda=1 ;;
    --copy) copy=1 ;;
    --force) force=1 ;;
    -h | --help) sed -n '2,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//p;}' "$0"; exit 0 ;;
    *) die "unknown option $arg (see --help)" ;;
  esac
done

py=${PYTHON:-python3}
version=${TFJS_TF_VERSION:-2.15.1}
cache=${TFJS_TF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/maddpg-tensorflow}

command -v node >/dev/null || die 'node is not on the PATH'
[ -f package.json ] || die "no package.json in $(pwd): run this in the project's directory"
[ "$(uname -s)" = Linux ] || die "only Linux is served; on $(uname -s) use the package's own install script"

# --- the npm package -------------------------------------------------------

# Prints the folders of the installed packages, one per line.
find_packages() {
  node -e '
    const { dirname } = require("path");
    for (const name of ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"])
      try {
        console.log(dirname(require.resolve(name + "/package.json", { paths: [process.cwd()] })));
      } catch {}'
}

packages=$(find_packages)
if [ -z "$packages" ]; then
  case $flavor in gpu) wanted=@tensorflow/tfjs-node-gpu@4.22.0 ;; *) wanted=@tensorflow/tfjs-node@4.22.0 ;; esac
  say "not in node_modules: installing $wanted without its install script"
  # --save-prod: npm skips optional peer dependencies even if requested by name.
  npm install --no-save --save-prod --ignore-scripts --no-audit --no-fund "$wanted" >&2 ||
    die "npm could not install $wanted"
  packages=$(find_packages)
  [ -n "$packages" ] || die 'npm installed it, but node does not find it'
fi

# Runs a matrix product with the package in folder $1; prints one line.
check() {
  TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-3} node -e '
    const util = require("util");
    util.isNullOrUndefined ??= (v) => v == null; // gone in Node 23, used by tfjs-node 4.22
    util.isArray ??= Array.isArray;
    const tf = require(process.argv[1]);
    const { name, version } = require(process.argv[1] + "/package.json");
    const got = String(tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync());
    if (tf.getBackend() !== "tensorflow") throw new Error("backend is " + tf.getBackend());
    if (got !== "19,22,43,50") throw new Error("wrong matrix product: " + got);
    const { binding, isUsingGpuDevice } = tf.backend();
    console.log(`${name} ${version}: TensorFlow ${binding.TF_Version} on the ${isUsingGpuDevice ? "GPU" : "CPU"}`);' "$1"
}

# --- TensorFlow's library --------------------------------------------------

# Downloads requirements $2... as wheels for this platform into folder $1.
pip_download() {
  dest=$1; shift
  command -v "$py" >/dev/null || die "$py is not on the PATH"
  "$py" -m pip --version >/dev/null 2>&1 || die "$py has no pip (Debian: apt-get install python3-pip)"
  plats=''
  for tag in manylinux1 manylinux2014 manylinux_2_17 manylinux_2_27; do
    plats="$plats --platform ${tag}_$arch"
  done
  # shellcheck disable=SC2086  # the options are words
  "$py" -m pip --disable-pip-version-check download --quiet --no-deps --only-binary=:all: \
    --python-version 3.11 $plats --dest "$dest" "$@" >&2 ||
    die "pip could not download $* for Linux $arch (is the package index reachable?)"
}

# Ensures that $libs has lib/, include/ and the licences of the wheel.
fetch_library() {
  [ -f "$libs/complete" ] && return
  mkdir -p "$cache"
  tmp=$(mktemp -d "$cache/tmp.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  trap 'exit 1' HUP INT TERM
  say "downloading $dist $version (200 to 650 MB)"
  pip_download "$tmp/wheel" "$dist==$version"
  say 'unpacking the library and its headers (0.6 to 1.1 GB)'
  "$py" - "$tmp" "$libs" <<'PY' || die 'the wheel could not be used'
import glob, hashlib, os, re, shutil, sys, zipfile

SHA256 = {  # of the wheels that were tried
    "tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl":
        "54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26",
    "tensorflow-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl":
        "bb0edd69103c154245c5f209f0507355cc68ba7e4de350084bc31edc562478e4",
}
tmp, final = sys.argv[1:]
(path,) = glob.glob(tmp + "/wheel/*.whl")
with open(path, "rb") as f:
    digest = hashlib.sha256()
    for block in iter(lambda: f.read(1 << 20), b""):
        digest.update(block)
want = SHA256.get(os.path.basename(path), digest.hexdigest())
if digest.hexdigest() != want:
    sys.exit("%s: sha256 is %s, not %s" % (os.path.basename(path), digest.hexdigest(), want))

rules = [  # (pattern, folder): what the binding needs
    (r"tensorflow/(libtensorflow_(?:cc|framework)\.so\.2)$", "lib"),
    (r"tensorflow/include/(tensorflow/(?:c|core/platform|tsl/c|tsl/platform)/.*\.h)$", "include"),
    (r"tensorflow/include/((?:xla/)?tsl/(?:c|platform)/.*\.h)$", "include"),
    (r"tensorflow/(THIRD_PARTY_NOTICES\.txt)$", ""),
    (r"[^/]+\.dist-info/(?:licenses/)?(LICENSE|METADATA)$", ""),
]
out = tmp + "/libs"
with zipfile.ZipFile(path) as wheel:
    for name in wheel.namelist():
        for pattern, folder in rules:
            m = re.match(pattern, name)
            if m:
                target = os.path.join(out, folder, m.group(1))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with wheel.open(name) as src, open(target, "wb") as dst:
                    shutil.copyfileobj(src, dst, 1 << 20)
                if folder == "lib":
                    os.chmod(target, 0o755)
for part in "lib/libtensorflow_cc.so.2", "lib/libtensorflow_framework.so.2", "include/tensorflow/c/eager/c_api.h":
    if not os.path.exists(os.path.join(out, part)):
        sys.exit("%s has no %s (TensorFlow before 2.12 does not)" % (os.path.basename(path), part))
open(out + "/complete", "w").close()
try:
    os.rename(out, final)
except OSError:  # another run was faster, or an incomplete folder is in the way
    if not os.path.exists(final + "/complete"):
        shutil.rmtree(final)
        os.rename(out, final)
PY
  rm -rf "$tmp"
  trap - EXIT HUP INT TERM
}

# Ensures that $libs/nvidia has the CUDA libraries that the wheel requires.
fetch_cuda() {
  [ -f "$libs/nvidia/complete" ] && return
  tmp=$(mktemp -d "$cache/tmp.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  trap 'exit 1' HUP INT TERM
  reqs=$("$py" - "$libs/METADATA" <<'PY'
import re, sys
for line in open(sys.argv[1], encoding="utf-8"):
    m = re.match(r"Requires-Dist: (nvidia-[\w-]+) *\(?([^;)]*)\)? *;.*and-cuda", line)
    if m:
        print(m.group(1) + m.group(2).replace(" ", ""))
PY
  )
  [ -n "$reqs" ] || die "the wheel of TensorFlow $version names no CUDA packages: install CUDA by hand"
  say 'downloading the CUDA libraries (about 2 GB)'
  # shellcheck disable=SC2086  # one word per requirement
  pip_download "$tmp/wheels" $reqs
  "$py" - "$tmp" "$libs/nvidia" <<'PY' || die 'the CUDA wheels could not be unpacked'
import glob, os, re, shutil, sys, zipfile
tmp, final = sys.argv[1:]
for path in glob.glob(tmp + "/wheels/*.whl"):
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(tmp + "/out", [n for n in wheel.namelist() if re.match(r"nvidia/\w+/(lib|nvvm|bin)/", n)])
open(tmp + "/out/nvidia/complete", "w").close()
shutil.rmtree(final, ignore_errors=True)
os.rename(tmp + "/out/nvidia", final)
PY
  rm -rf "$tmp"
  trap - EXIT HUP INT TERM
}

# --- the binding -----------------------------------------------------------

# Prints a folder with node_api.h.
node_headers() {
  for dir in "${npm_config_nodedir:-/nonexistent}/include/node" \
    "$(node -p 'require("path").resolve(process.execPath, "../../include/node")')"; do
    [ -f "$dir/node_api.h" ] && { echo "$dir"; return; }
  done
  dir=$cache/node-api-headers
  [ -f "$dir/node_modules/node-api-headers/include/node_api.h" ] ||
    npm install --prefix "$dir" --no-save --ignore-scripts --no-audit --no-fund node-api-headers@1 >&2 ||
    die 'npm could not install node-api-headers'
  echo "$dir/node_modules/node-api-headers/include"
}

# Prints the compiler: CXX, c++, g++ or clang++.
compiler() {
  for cxx in ${CXX:+"$CXX"} c++ g++ clang++; do
    command -v "${cxx%% *}" >/dev/null && { echo "$cxx"; return; }
  done
  die 'no C++ compiler (Debian: apt-get install g++)'
}

place() {
  rm -rf "$2"
  if [ "$copy" = 1 ]; then cp -RL "$1" "$2"; else ln -s "$1" "$2"; fi
}

# Installs library and binding in the package in folder $1.
install_into() {
  pkg=$1
  addon=$(node -p 'const p = process.argv[1];
    require(require.resolve("@mapbox/node-pre-gyp", { paths: [p] })).find(p + "/package.json")' "$pkg") ||
    die "$pkg lacks @mapbox/node-pre-gyp"
  # install.js takes a library of this name for its own download and keeps it.
  own=$(node -p 'require(process.argv[1] + "/scripts/deps-constants.js").depsLibTensorFlowName' "$pkg")

  rm -rf "$pkg/deps"
  mkdir -p "$pkg/deps/lib" "$(dirname "$addon")"
  for name in cc framework; do
    place "$libs/lib/libtensorflow_$name.so.2" "$pkg/deps/lib/libtensorflow_$name.so.2"
  done
  place "$libs/include" "$pkg/deps/include"
  [ -d "$libs/nvidia" ] && place "$libs/nvidia" "$pkg/deps/nvidia"
  # Names that binding.gyp links against.
  ln -s libtensorflow_cc.so.2 "$pkg/deps/lib/libtensorflow.so"
  ln -s libtensorflow_cc.so.2 "$pkg/deps/lib/$own"
  ln -s libtensorflow_framework.so.2 "$pkg/deps/lib/libtensorflow_framework.so"

  napi=$(basename "$(dirname "$addon")" | tr -dc 0-9)
  sum=$(cat "$pkg"/binding/*.cc "$pkg"/binding/*.h | cksum | tr ' ' -)
  built=$libs/binding-napi$napi-$sum.node
  if [ "$force" = 1 ] || [ ! -f "$built" ]; then
    cxx=$(compiler)
    headers=$(node_headers)
    say "building the binding with $cxx"
    # shellcheck disable=SC2086  # CXX may contain options
    (cd "$pkg" && $cxx -O2 -std=c++17 -fPIC -shared -DNAPI_VERSION="$napi" \
      -I"$headers" -Ideps/include -I. binding/tfjs_backend.cc binding/tfjs_binding.cc \
      -Ldeps/lib -ltensorflow -ltensorflow_framework '-Wl,-rpath,$ORIGIN/../../deps/lib' \
      -o "$built.$$") || { rm -f "$built.$$"; die 'the binding did not compile'; }
    mv "$built.$$" "$built"
  fi
  rm -f "$addon"
  cp "$built" "$addon"
  echo "$stamp" >"$pkg/deps/from-wheel"
}

# --- all packages ----------------------------------------------------------

arch=$(uname -m)
while IFS= read -r pkg <&3; do
  use=$flavor
  if [ -z "$use" ]; then
    use=cpu
    case $pkg in *tfjs-node-gpu) [ -e /proc/driver/nvidia/version ] && use=gpu ;; esac
  fi
  case $use-$arch in
    cpu-x86_64) dist=tensorflow-cpu ;;
    cpu-aarch64) dist=tensorflow-cpu-aws ;;
    gpu-x86_64) dist=tensorflow ;;
    *) die "no $use wheel is known for $arch" ;;
  esac
  libs=$cache/$dist-$version-$arch
  stamp="$dist $version copy=$copy cuda=$cuda"

  # Leave working packages alone, however they were installed.
  if [ "$force" = 0 ]; then
    case $(cat "$pkg/deps/from-wheel" 2>/dev/null) in
      '' | "$stamp") check "$pkg" 2>/dev/null && continue ;;
    esac
  fi
  fetch_library
  [ "$use$cuda" = gpu1 ] && fetch_cuda
  install_into "$pkg"
  check "$pkg" || die "$pkg does not work (see above)"
done 3<<LIST
$packages
LIST
