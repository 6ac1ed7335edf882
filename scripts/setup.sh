#!/bin/sh
# Makes the virtual environment VENV with worldmap in it, and whatever that needs from the system.
#
#   scripts/setup.sh VENV [EXTRA]       EXTRA: an extra of pyproject.toml, such as dev
#
#   PYTHON       the interpreter to use (default python3; 3.11 or newer)
#   TORCH        what pip installs for PyTorch (default torch==2.13.0)
#   TORCH_INDEX  one more package index for it; "" for none. Default: PyTorch's own index of CPU
#                builds on Linux without an NVIDIA GPU, where it can be reached: PyPI's build
#                brings 3 GB of CUDA along.
#   LOCK         with dev: the packages to install, each with its SHA-256, which pip checks (default
#                requirements/dev.txt; "" for the newest releases that pyproject.toml allows)
#   PACKAGE      what is installed as worldmap: a wheel (default: this folder, editable)
#   CI           true: with dev, QGIS too (100 MB), which the tests use where it is installed
set -eu
cd "$(dirname "$0")/.."
venv=$1
extra=${2:-}
python=${PYTHON:-python3}
torch=${TORCH:-torch==2.13.0}
lock=${LOCK-requirements/dev.txt}
[ "$extra" = dev ] || lock=
cpu_index=https://download.pytorch.org/whl/cpu

fail() {
    echo "setup: $*" >&2
    exit 1
}

# Runs apt-get as root or through sudo; false where neither is there.
apt_install() {
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null; then
        as_root=sudo
    else
        return 1
    fi
    $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# The libraries that `import open3d` loads, each with its Debian package.
system_libraries() {
    [ "$(uname -s)" = Linux ] || return 0
    ldconfig=$(command -v ldconfig || echo /sbin/ldconfig)
    [ -x "$ldconfig" ] || return 0
    known=$("$ldconfig" -p)
    missing=
    for pair in libusb-1.0.so.0:libusb-1.0-0 libGL.so.1:libgl1 libEGL.so.1:libegl1 \
        libX11.so.6:libx11-6 libudev.so.1:libudev1 libidn2.so.0:libidn2-0 libgomp.so.1:libgomp1; do
        case $known in
        *"${pair%%:*} "*) ;;
        *) missing="$missing ${pair##*:}" ;;
        esac
    done
    [ -n "$missing" ] || return 0
    echo "setup: installing system libraries:$missing"
    # shellcheck disable=SC2086 # one word for each package
    apt_install $missing || fail "these system libraries are missing, install them first" \
        "(Debian and Ubuntu: apt-get install$missing)"
}

# The browser that tests open the page of `worldmap view` in; they are skipped without it.
browser() {
    [ "$extra" = dev ] && [ "$(uname -s)" = Linux ] || return 0
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null && return 0
    for_tests chromium fonts-dejavu-core
}

# Others' programs that read what worldmap writes; their tests are skipped without them.
readers() {
    [ "$extra" = dev ] || return 0
    if [ "$(uname -s)" = Linux ]; then
        command -v ogrinfo >/dev/null && /usr/bin/python3 -c 'import osgeo_utils' 2>/dev/null ||
            for_tests gdal-bin python3-gdal
        [ "${CI:-}" != true ] || /usr/bin/python3 -c 'import qgis' 2>/dev/null ||
            for_tests python3-qgis
        command -v npm >/dev/null || for_tests nodejs npm
    fi
    (cd tests/interop && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || skipped \
        "npm's readers of point clouds (npm ci in tests/interop)"
}

for_tests() {
    echo "setup: installing $*"
    apt_install "$@" || skipped "$*"
}

skipped() {
    echo "setup: could not install $1; the tests with it will be skipped" >&2
}

virtual_environment() {
    command -v "$python" >/dev/null || fail "there is no $python; install Python 3.11 or newer"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$python is older than 3.11; say PYTHON=python3.12 or the like"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        apt_install python3-venv ||
            fail "Python's venv module is missing (Debian and Ubuntu: apt-get install python3-venv)"
    fi
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
}

torch_index() {
    if [ -n "${TORCH_INDEX+set}" ]; then
        echo "$TORCH_INDEX"
    elif [ "$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null &&
        "$venv/bin/python" -c "import urllib.request as u; u.urlopen('$cpu_index/torch/', timeout=5)" \
            2>/dev/null; then
        echo "$cpu_index"
    fi
}

system_libraries
browser
readers
virtual_environment
echo "setup: installing worldmap into $venv"
pip="$venv/bin/python -m pip install -q"
[ -z "$lock" ] || $pip --require-hashes -r "$lock"
index=$(torch_index)
# shellcheck disable=SC2086 # TORCH may hold options of pip
$pip ${index:+--extra-index-url "$index"} $torch
if [ -n "${PACKAGE:-}" ]; then
    $pip "$PACKAGE${extra:+[$extra]}"
elif [ -n "$lock" ]; then
    $pip --no-deps --no-build-isolation -e .
else
    $pip -e ".${extra:+[$extra]}"
fi
