#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what packages-debian.txt lists, unless all of it is there. Needs apt, and root or sudo.
set -euo pipefail
list="$(dirname "$0")/packages-debian.txt"
mapfile -t packages < <(grep -vE '^\s*(#|$)' "$list")
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
command -v apt-get >/dev/null || { echo "Install these by your package manager: ${missing[*]}" >&2; exit 1; }
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "Installing ${#missing[@]} packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
