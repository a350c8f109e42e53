// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/color_match.h"

#include "inference/edit/prefill.h"
#include "inference/edit/resample.h"

#include <algorithm>

namespace pentimento {
namespace {

/// A model's colours drift by a few levels; what differs by more is content.
constexpr float largestShift = 8.0F / 255.0F;

/// Mean difference of each cell of `cell` x `cell` pixels.
Planes cellDifference(const Planes& a, const Planes& b, int cell)
{
    Planes means(a.width / cell, a.height / cell, a.channels);
    const float share = 1.0F / static_cast<float>(cell * cell);
    for (int c = 0; c < means.channels; ++c) {
        for (int y = 0; y < means.height * cell; ++y) {
            float* row = means.row(c, y / cell);
            for (int x = 0; x < means.width * cell; ++x)
                row[x / cell] += (a.row(c, y)[x] - b.row(c, y)[x]) * share;
        }
    }
    return means;
}

/// 1 for every cell that holds a pixel of the hole or lies beside such a cell: the model repainted parts of these, too.
Planes untrustedCells(const Planes& mask, int cell)
{
    Planes cells(mask.width / cell, mask.height / cell, 1);
    for (int y = 0; y < cells.height * cell; ++y) {
        for (int x = 0; x < cells.width * cell; ++x) {
            if (!(mask.row(0, y)[x] > 0.0F))
                continue;
            const int column = x / cell, row = y / cell;
            for (int r = std::max(0, row - 1); r <= std::min(cells.height - 1, row + 1); ++r)
                for (int c = std::max(0, column - 1); c <= std::min(cells.width - 1, column + 1); ++c)
                    cells.row(0, r)[c] = 1.0F;
        }
    }
    return cells;
}

} // namespace

Planes colorMatched(const Planes& result, const Planes& picture, const Planes& mask, int cell)
{
    const Planes shift = pullPush(cellDifference(picture, result, cell), untrustedCells(mask, cell));
    const Planes correction = resized(shift, {result.width, result.height});
    Planes matched = result;
    for (std::size_t i = 0; i < matched.values.size(); ++i)
        matched.values[i] += std::clamp(correction.values[i], -largestShift, largestShift);
    return matched;
}

} // namespace pentimento
