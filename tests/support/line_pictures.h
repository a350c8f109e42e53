// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/edit/planes.h"
#include "inference/io/safetensors_reader.h"
#include "tests/support/reference_folder.h"

#include <algorithm>
#include <random>

namespace pentimento::testing {

/// A disc on a pattern, in colours and noise of so many levels: the pictures of tests/reference/line_drawings.safetensors.
inline Planes linePicture(int noise)
{
    constexpr int width = 96, height = 80;
    std::mt19937 random(11);
    Planes picture(width, height, 3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c) {
                const bool disc = (x - 40) * (x - 40) + (y - 30) * (y - 30) < 600;
                const int grain = static_cast<int>(random() % static_cast<unsigned>(noise)) - noise / 2;
                const int level = (disc ? 170 : 60) + 20 * c + x * y % 37 + grain;
                picture.row(c, y)[x] = static_cast<float>(std::clamp(level, 0, 255)) / 255.0F;
            }
        }
    }
    return picture;
}

/// What OpenCV makes of picture `index`, as it stores it.
inline std::vector<int> openCvDrawing(const char* kind, int index)
{
    const SafetensorsFile file(referenceFolder() / "line_drawings.safetensors");
    const std::size_t count = 96 * 80;
    const std::byte* first = file.find(kind)->data + count * static_cast<std::size_t>(index);
    std::vector<int> values;
    for (std::size_t i = 0; i < count; ++i)
        values.push_back(static_cast<int>(first[i]));
    return values;
}

} // namespace pentimento::testing
