#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs, builds and runs every test; those with a real window under Xvfb.
set -euo pipefail
cd "$(dirname "$0")/.."
packaging/install_packages.sh
packaging/build.sh dev
exec ctest --preset dev --parallel 2 "$@"
