#!/bin/sh
# Writes requirements/dev.txt: every package of the test environment at one version, with the
# SHA-256 of its files, for Python 3.11 and later on Linux and macOS.
#
#   scripts/lock.sh [OPTION...]     OPTION: of `uv pip compile`, such as --upgrade
#
# PyTorch is not in it, nor what only its CUDA build needs: its CPU and CUDA builds are other files
# under one version, from another index or another machine's disk, so that no list of hashes holds
# everywhere. scripts/setup.sh pins its version, and what it needs is locked here.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-uv}
torch=$(sed -n 's/^torch=.*:-\(torch==[0-9.]*\).*/\1/p' scripts/setup.sh)
[ -n "$torch" ] || { echo "lock: scripts/setup.sh names no version of PyTorch" >&2; exit 1; }
left_out="torch triton"
for name in cublas cuda-cccl cuda-cupti cuda-nvrtc cuda-runtime cudnn-cu13 cufft cufile curand \
    cusolver cusparse cusparselt-cu13 nccl-cu13 nvjitlink nvshmem-cu13 nvtx; do
    left_out="$left_out nvidia-$name"
done
left_out="$left_out cuda-bindings cuda-pathfinder cuda-toolkit"
for name in $left_out; do
    set -- "$@" --no-emit-package "$name"
done
pinned=$(mktemp)
trap 'rm -f "$pinned"' EXIT
echo "$torch" >"$pinned"
"$uv" pip compile pyproject.toml --extra dev --constraint "$pinned" --universal \
    --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" \
    --quiet --output-file requirements/dev.txt "$@"
