#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build.sh PRESET: configures once, then builds. Files that include ATen need 1 GB each, hence the limit on jobs.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
memory_jobs=$(awk '/MemTotal/ { print int($2 / 2000000) + 1 }' /proc/meminfo 2>/dev/null || echo 2)
cores=$(nproc 2>/dev/null || echo 2)
jobs=$((cores < memory_jobs ? cores : memory_jobs))
[ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >"build-$preset.log" 2>&1 || { cat "build-$preset.log"; rm -f "build-$preset.log"; exit 1; }
rm -f "build-$preset.log"
cmake --build --preset "$preset" --parallel "$jobs"
