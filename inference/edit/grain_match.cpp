// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/grain_match.h"

#include "inference/edit/mask_edit.h"
#include "inference/edit/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>

namespace pentimento {
namespace {

constexpr int side = 32; ///< of a tile, pixels of the picture
constexpr double mostTiles = 600;
using Tile = std::array<float, side * side>;

struct GrainTile {
    float luminance = 0;
    float variance = 0;
    Tile grain; ///< mean 0
};

float luminance(const Planes& planes, std::size_t i)
{
    return 0.299F * planes.plane(0)[i] + 0.587F * planes.plane(1)[i] + 0.114F * planes.plane(2)[i];
}

/// The tile at `rect` of a result that is stretched to `full`.
Tile stretchedTile(const Planes& result, Size full, const Rect& rect)
{
    const auto axis = [](int from, int to, int begin) {
        const double scale = static_cast<double>(from) / to;
        return resampleAxis(from, begin * scale, side * scale, side);
    };
    const ResampleAxis horizontal = axis(result.width, full.width, rect.x), vertical = axis(result.height, full.height, rect.y);
    const int first = vertical.spans.front().first, end = vertical.spans.back().first + vertical.spans.back().count;
    Planes rows(side, end - first, 1);
    std::vector<float> line(static_cast<std::size_t>(result.width));
    for (int y = first; y < end; ++y) {
        for (int x = 0; x < result.width; ++x)
            line[static_cast<std::size_t>(x)] = luminance(
                result, static_cast<std::size_t>(y) * static_cast<std::size_t>(result.width) + static_cast<std::size_t>(x));
        resampleRow(horizontal, line.data(), rows.row(0, y - first));
    }
    Tile tile{};
    for (int y = 0; y < side; ++y) {
        const ResampleAxis::Span& span = vertical.spans[static_cast<std::size_t>(y)];
        for (int i = 0; i < span.count; ++i) {
            const float weight = vertical.weights[span.weights + static_cast<std::size_t>(i)];
            const float* source = rows.row(0, span.first - first + i);
            for (int x = 0; x < side; ++x)
                tile[static_cast<std::size_t>(y * side + x)] += weight * source[x];
        }
    }
    return tile;
}

/// Takes the mean away and returns it.
float centred(Tile& tile)
{
    double sum = 0;
    for (const float value : tile)
        sum += value;
    const auto mean = static_cast<float>(sum / static_cast<double>(tile.size()));
    for (float& value : tile)
        value -= mean;
    return mean;
}

float variance(const Tile& centredTile)
{
    double sum = 0;
    for (const float value : centredTile)
        sum += static_cast<double>(value) * value;
    return static_cast<float>(sum / static_cast<double>(centredTile.size()));
}

bool untouched(const Image& paste, const Rect& rect)
{
    for (int y = rect.y; y < rect.bottom(); ++y) {
        const std::uint8_t* row = paste.row8(y) + rect.x;
        if (std::any_of(row, row + rect.width, [](std::uint8_t alpha) { return alpha != 0; }))
            return false;
    }
    return true;
}

/// What was lost of the tile at `rect` of the crop.
GrainTile lostGrain(const Image& picture, const EditPlan& plan, const Planes& result, const Rect& rect)
{
    const Planes pixels =
        cropToPlanes(picture, {plan.crop.x + rect.x, plan.crop.y + rect.y, rect.width, rect.height}, rect.size());
    Tile there{};
    for (std::size_t i = 0; i < there.size(); ++i)
        there[i] = luminance(pixels, i);
    Tile made = stretchedTile(result, plan.crop.size(), rect);
    GrainTile tile;
    tile.luminance = centred(there);
    centred(made);
    for (std::size_t i = 0; i < there.size(); ++i)
        tile.grain[i] = there[i] - made[i];
    // A difference is grain only as far as the picture has more of it: a model adds noise of its own to flat areas.
    const float lost = variance(tile.grain);
    tile.variance = std::clamp(variance(there) - variance(made), 0.0F, lost);
    const float share = tile.variance > 0 ? std::sqrt(tile.variance / lost) : 0.0F;
    for (float& value : tile.grain)
        value *= share;
    return tile;
}

/// By luminance.
std::vector<GrainTile> tilesAround(const Image& picture, const EditPlan& plan, const Planes& result)
{
    const double area = static_cast<double>(plan.crop.width) * plan.crop.height;
    const int step = std::max(side, static_cast<int>(std::sqrt(area / mostTiles)));
    std::vector<GrainTile> tiles;
    for (int y = 0; y + side <= plan.crop.height; y += step) {
        for (int x = 0; x + side <= plan.crop.width; x += step) {
            if (untouched(plan.paste, {x, y, side, side}))
                tiles.push_back(lostGrain(picture, plan, result, {x, y, side, side}));
        }
    }
    std::erase_if(tiles, [](const GrainTile& tile) { return !std::isfinite(tile.variance) || !std::isfinite(tile.luminance); });
    std::sort(tiles.begin(), tiles.end(), [](const auto& a, const auto& b) { return a.luminance < b.luminance; });
    return tiles;
}

/// One of the calmest tiles about as bright as `luminance`.
const GrainTile& chosen(const std::vector<GrainTile>& tiles, float luminance, std::mt19937_64& random)
{
    constexpr std::ptrdiff_t near = 48;
    const auto size = static_cast<std::ptrdiff_t>(tiles.size());
    const auto at = std::lower_bound(tiles.begin(), tiles.end(), luminance,
                                     [](const GrainTile& tile, float value) { return tile.luminance < value; });
    const std::ptrdiff_t first =
        std::clamp<std::ptrdiff_t>(at - tiles.begin() - near / 2, 0, std::max<std::ptrdiff_t>(size - near, 0));
    std::array<const GrainTile*, near> candidates{};
    const std::ptrdiff_t count = std::min(near, size);
    for (std::ptrdiff_t i = 0; i < count; ++i)
        candidates[static_cast<std::size_t>(i)] = &tiles[static_cast<std::size_t>(first + i)];
    std::sort(candidates.begin(), candidates.begin() + count,
              [](const auto* a, const auto* b) { return a->variance < b->variance; });
    const std::uint64_t calm = static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(count / 3, 1));
    return *candidates[random() % calm];
}

/// Adds the tile, turned over at random, at column `left` and row `top` of the plane.
void lay(const GrainTile& tile, int left, int top, std::uint64_t turn, Planes& plane)
{
    static const std::array<float, side> window = [] {
        std::array<float, side> values{};
        for (int i = 0; i < side; ++i)
            values[static_cast<std::size_t>(i)] = static_cast<float>(std::sin(std::numbers::pi * (i + 0.5) / side));
        return values;
    }();
    for (int y = std::max(0, -top); y < side && top + y < plane.height; ++y) {
        const int sourceRow = turn & 1U ? side - 1 - y : y;
        float* row = plane.row(0, top + y);
        for (int x = std::max(0, -left); x < side && left + x < plane.width; ++x) {
            const int sourceColumn = turn & 2U ? side - 1 - x : x;
            row[left + x] += window[static_cast<std::size_t>(y)] * window[static_cast<std::size_t>(x)] *
                             tile.grain[static_cast<std::size_t>(sourceRow * side + sourceColumn)];
        }
    }
}

} // namespace

Planes matchingGrain(const Image& picture, const EditPlan& plan, const Planes& result, std::uint64_t seed)
{
    const Rect bounds = maskBounds(plan.paste, 0);
    Planes plane(bounds.width, bounds.height, 1);
    const std::vector<GrainTile> tiles = tilesAround(picture, plan, result);
    if (tiles.empty())
        return plane;
    std::mt19937_64 random(seed);
    const auto pixel = [](int at, int from, int to) { return std::clamp(static_cast<int>((at + 0.5) * from / to), 0, from - 1); };
    for (int top = -side / 2; top < bounds.height; top += side / 2) {
        const int row = pixel(bounds.y + top + side / 2, result.height, plan.crop.height);
        for (int left = -side / 2; left < bounds.width; left += side / 2) {
            const int column = pixel(bounds.x + left + side / 2, result.width, plan.crop.width);
            const std::size_t i =
                static_cast<std::size_t>(row) * static_cast<std::size_t>(result.width) + static_cast<std::size_t>(column);
            lay(chosen(tiles, luminance(result, i), random), left, top, random(), plane);
        }
    }
    return plane;
}

} // namespace pentimento
