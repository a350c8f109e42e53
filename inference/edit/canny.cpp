// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/canny.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace pentimento {
namespace {

/// Gradients with a frame of zeros one pixel wide, so that neighbours need no care.
struct GradientMap {
    int stride = 0;
    std::vector<int> magnitude, dx, dy;

    GradientMap(int width, int height) : stride(width + 2)
    {
        const std::size_t cells = static_cast<std::size_t>(stride) * static_cast<std::size_t>(height + 2);
        for (std::vector<int>* values : {&magnitude, &dx, &dy})
            values->assign(cells, 0);
    }
    std::size_t cell(int x, int y) const
    {
        return static_cast<std::size_t>(y + 1) * static_cast<std::size_t>(stride) + static_cast<std::size_t>(x + 1);
    }
};

std::vector<int> levels(const Planes& picture, int channel)
{
    std::vector<int> values(picture.planeSize());
    std::transform(picture.plane(channel), picture.plane(channel) + values.size(), values.begin(),
                   [](float value) { return static_cast<int>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255.0F)); });
    return values;
}

/// Sobel's derivatives of the picture, which goes on beyond its border as it ends there.
GradientMap gradients(const Planes& picture)
{
    GradientMap map(picture.width, picture.height);
    for (int c = 0; c < picture.channels; ++c) {
        const std::vector<int> values = levels(picture, c);
        const auto row = [&](int y) {
            return values.data() +
                   static_cast<std::size_t>(std::clamp(y, 0, picture.height - 1)) * static_cast<std::size_t>(picture.width);
        };
        for (int y = 0; y < picture.height; ++y) {
            const int *above = row(y - 1), *here = row(y), *below = row(y + 1);
            for (int x = 0; x < picture.width; ++x) {
                const int left = std::max(x - 1, 0), right = std::min(x + 1, picture.width - 1);
                const int dx = above[right] - above[left] + 2 * (here[right] - here[left]) + below[right] - below[left];
                const int dy = below[left] - above[left] + 2 * (below[x] - above[x]) + below[right] - above[right];
                const int magnitude = std::abs(dx) + std::abs(dy);
                const std::size_t cell = map.cell(x, y);
                if (magnitude > map.magnitude[cell]) {
                    map.magnitude[cell] = magnitude;
                    map.dx[cell] = dx;
                    map.dy[cell] = dy;
                }
            }
        }
    }
    return map;
}

/// Whether the gradient is largest here along its own direction, rounded to one of four. Of two equal neighbours one is.
bool onRidge(const GradientMap& map, std::size_t cell)
{
    constexpr double tangent = 0.41421356237309503; // of 22.5 degrees
    const double x = std::abs(map.dx[cell]), y = std::abs(map.dy[cell]);
    const auto stride = static_cast<std::size_t>(map.stride);
    const int here = map.magnitude[cell];
    if (y < x * tangent)
        return here > map.magnitude[cell - 1] && here >= map.magnitude[cell + 1];
    if (y > x / tangent)
        return here > map.magnitude[cell - stride] && here >= map.magnitude[cell + stride];
    const bool falling = (map.dx[cell] < 0) != (map.dy[cell] < 0);
    const std::size_t before = falling ? cell - stride + 1 : cell - stride - 1;
    const std::size_t after = falling ? cell + stride - 1 : cell + stride + 1;
    return here > map.magnitude[before] && here > map.magnitude[after];
}

enum Kind : std::uint8_t { Nothing, Weak, Edge };

} // namespace

Planes cannyEdges(const Planes& picture, const CannyThresholds& thresholds)
{
    const GradientMap map = gradients(picture);
    std::vector<Kind> kinds(map.magnitude.size(), Nothing);
    std::vector<std::size_t> pending;
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
            const std::size_t cell = map.cell(x, y);
            if (map.magnitude[cell] <= thresholds.low || !onRidge(map, cell))
                continue;
            kinds[cell] = map.magnitude[cell] > thresholds.high ? Edge : Weak;
            if (kinds[cell] == Edge)
                pending.push_back(cell);
        }
    }
    const auto stride = static_cast<std::size_t>(map.stride);
    while (!pending.empty()) {
        const std::size_t cell = pending.back();
        pending.pop_back();
        for (const std::size_t row : {cell - stride, cell, cell + stride}) {
            for (const std::size_t neighbour : {row - 1, row, row + 1}) {
                if (kinds[neighbour] == Weak) {
                    kinds[neighbour] = Edge;
                    pending.push_back(neighbour);
                }
            }
        }
    }
    Planes edges(picture.width, picture.height, 1);
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x)
            edges.row(0, y)[x] = kinds[map.cell(x, y)] == Edge ? 1.0F : 0.0F;
    }
    return edges;
}

} // namespace pentimento
