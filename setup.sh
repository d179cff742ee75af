#!/bin/sh
# Puts a bare machine in order: Debian's packages when missing, .venv/ with the pinned and hashed wheels, the project itself.
# usage: setup.sh run|test      A second call finds its stamp and does nothing.
set -eu
cd "$(dirname "$0")"
purpose=${1:-run}

packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
lock=requirements.lock
if [ "$purpose" = test ]; then
    packages="$packages poppler-utils qpdf chromium softhsm2 postgresql rabbitmq-server"
    lock=requirements-dev.lock
fi

missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "These Debian packages are missing:$missing" >&2
        echo "Type this, then start again:  sudo apt-get install -y --no-install-recommends$missing" >&2
        exit 1
    fi
    echo "Installing Debian packages:$missing"
    # The tests start servers themselves, on spare ports; this keeps apt from starting them on the usual ones.
    guard=/usr/sbin/policy-rc.d
    if (set -C; printf '#!/bin/sh\nexit 101\n' >"$guard") 2>/dev/null; then
        trap 'rm -f "$guard"' EXIT
        trap 'exit 1' HUP INT TERM
        chmod 755 "$guard"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

# The stamp carries the digest of everything the environment was made from; dev holds more than run, so it serves both.
digest=$(cat requirements-setup.lock requirements.lock requirements-dev.lock package-lock.json pyproject.toml | sha256sum | cut -c1-16)
[ -e ".venv/.voltpass-test-$digest" ] && exit 0
[ "$purpose" = run ] && [ -e ".venv/.voltpass-run-$digest" ] && exit 0

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Voltpass needs Python 3.11 or newer; $python is older. Name another one:  make run PYTHON=python3.11" >&2
    exit 1
}
echo "Making .venv from $lock"
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r "$lock"
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
# The independent verifiers and the accessibility rules that the tests use; nothing of it is served.
[ "$purpose" = run ] || npm ci --silent --no-audit --no-fund
rm -f .venv/.voltpass-*
: > ".venv/.voltpass-$purpose-$digest"
