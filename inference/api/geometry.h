// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

namespace pentimento {

struct Size {
    int width = 0;
    int height = 0;
    bool operator==(const Size&) const = default;
    bool empty() const { return width <= 0 || height <= 0; }
};

/// Half-open pixel rectangle: columns [x, x + width), rows [y, y + height).
struct Rect {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    bool operator==(const Rect&) const = default;
    bool empty() const { return width <= 0 || height <= 0; }
    int right() const { return x + width; }
    int bottom() const { return y + height; }
    Size size() const { return {width, height}; }
};

inline Rect intersected(const Rect& a, const Rect& b)
{
    const int left = std::max(a.x, b.x), top = std::max(a.y, b.y);
    const int right = std::min(a.right(), b.right()), bottom = std::min(a.bottom(), b.bottom());
    return right > left && bottom > top ? Rect{left, top, right - left, bottom - top} : Rect{};
}

} // namespace pentimento
