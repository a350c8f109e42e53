// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace pentimento {

/// Float pixels plane after plane (channel, row, column), tightly packed. 0..1 unless a function says otherwise.
struct Planes {
    int width = 0;
    int height = 0;
    int channels = 0;
    std::vector<float> values;

    Planes() = default;
    Planes(int w, int h, int c)
        : width(w), height(h), channels(c),
          values(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * static_cast<std::size_t>(c))
    {
    }
    std::size_t planeSize() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height); }
    float* plane(int c) { return values.data() + planeSize() * static_cast<std::size_t>(c); }
    const float* plane(int c) const { return values.data() + planeSize() * static_cast<std::size_t>(c); }
    float* row(int c, int y) { return plane(c) + static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
    const float* row(int c, int y) const { return plane(c) + static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
};

} // namespace pentimento
