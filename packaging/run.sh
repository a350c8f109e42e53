#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to an edited photo: installs, builds, and opens the editor on the sample photo; with no display
# it does the same edit by the command line and names the files.
set -euo pipefail
cd "$(dirname "$0")/.."
packaging/install_packages.sh
packaging/clip-vocabulary.sh || echo "Going on without it."
packaging/build.sh release
program=build/release/bin/pentimento
photo=/usr/share/palapeli/collection/castle-maintenon.jpg
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec "$program" "$photo"
fi
mkdir -p build/sample
echo "No display: erasing what resources/sample/castle-mask.png marks in $photo"
"$program" inpaint --image "$photo" --mask resources/sample/castle-mask.png --mode erase --seed 1 \
    --output build/sample/castle-erased.png --paste-mask build/sample/castle-pasted.png --overwrite
echo "Before:       $photo"
echo "After:        $PWD/build/sample/castle-erased.png"
echo "Pasted where: $PWD/build/sample/castle-pasted.png"
"$program" diff "$photo" build/sample/castle-erased.png --mask build/sample/castle-pasted.png >/dev/null \
    && echo "Every pixel outside that mask is what it was."
