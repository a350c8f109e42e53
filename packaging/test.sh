#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs, builds and runs every test; those with a real window under Xvfb.
set -euo pipefail
cd "$(dirname "$0")/.."
packaging/install_packages.sh
packaging/clip-vocabulary.sh || echo "Going on without it."
packaging/build.sh dev
exec xvfb-run -a -s "-screen 0 1440x900x24" ctest --preset dev --parallel 2 "$@"
