// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/prefill.h"

#include <algorithm>
#include <bit>

namespace pentimento {
namespace {

/// Sum over each block of 2 x 2.
Planes halved(const Planes& fine)
{
    Planes coarse(fine.width / 2, fine.height / 2, fine.channels);
    for (int c = 0; c < fine.channels; ++c) {
        for (int y = 0; y < coarse.height; ++y) {
            const float *upper = fine.row(c, 2 * y), *lower = fine.row(c, 2 * y + 1);
            float* target = coarse.row(c, y);
            for (int x = 0; x < coarse.width; ++x)
                target[x] = (upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1]);
        }
    }
    return coarse;
}

/// Neighbour and its share for pixel `i` of a side doubled bilinearly, pixel centres at half, border repeated.
int neighbour(int i, int side)
{
    const int self = i / 2;
    return std::clamp(i % 2 == 0 ? self - 1 : self + 1, 0, side - 1);
}

Planes doubled(const Planes& coarse)
{
    Planes fine(coarse.width * 2, coarse.height * 2, coarse.channels);
    for (int c = 0; c < coarse.channels; ++c) {
        for (int y = 0; y < fine.height; ++y) {
            const float* near = coarse.row(c, y / 2);
            const float* far = coarse.row(c, neighbour(y, coarse.height));
            float* target = fine.row(c, y);
            for (int x = 0; x < fine.width; ++x) {
                const int self = x / 2, other = neighbour(x, coarse.width);
                target[x] = 0.75F * (0.75F * near[self] + 0.25F * near[other]) + 0.25F * (0.75F * far[self] + 0.25F * far[other]);
            }
        }
    }
    return fine;
}

struct Level {
    Planes color;  ///< weighted
    Planes weight; ///< one plane
};

Level pulled(const Level& fine)
{
    Level coarse{halved(fine.color), halved(fine.weight)};
    float* weight = coarse.weight.plane(0);
    for (std::size_t i = 0; i < coarse.weight.planeSize(); ++i) {
        const float divisor = std::max(1.0F, weight[i]);
        for (int c = 0; c < coarse.color.channels; ++c)
            coarse.color.plane(c)[i] /= divisor;
        weight[i] /= divisor;
    }
    return coarse;
}

Planes pushed(const Level& level, const Planes& coarse)
{
    Planes result = doubled(coarse);
    const float* weight = level.weight.plane(0);
    for (int c = 0; c < result.channels; ++c) {
        const float* color = level.color.plane(c);
        float* target = result.plane(c);
        for (std::size_t i = 0; i < result.planeSize(); ++i)
            target[i] = color[i] + (1.0F - weight[i]) * target[i];
    }
    return result;
}

Level finestLevel(const Planes& picture, const Planes& mask)
{
    const auto side = static_cast<int>(std::bit_ceil(static_cast<unsigned>(std::max(picture.width, picture.height))));
    Level level{Planes(side, side, picture.channels), Planes(side, side, 1)};
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
            const bool known = !(mask.row(0, y)[x] > 0.0F);
            level.weight.row(0, y)[x] = known ? 1.0F : 0.0F;
            for (int c = 0; c < picture.channels; ++c)
                level.color.row(c, y)[x] = known ? picture.row(c, y)[x] : 0.0F;
        }
    }
    return level;
}

} // namespace

Planes pullPush(const Planes& picture, const Planes& mask)
{
    std::vector<Level> levels{finestLevel(picture, mask)};
    while (levels.back().color.width > 1)
        levels.push_back(pulled(levels.back()));

    Planes filled = levels.back().color;
    const float weight = std::max(levels.back().weight.values[0], 1e-8F);
    for (float& value : filled.values)
        value /= weight;
    levels.pop_back();
    for (; !levels.empty(); levels.pop_back())
        filled = pushed(levels.back(), filled);

    Planes result(picture.width, picture.height, picture.channels);
    for (int c = 0; c < result.channels; ++c)
        for (int y = 0; y < result.height; ++y)
            std::copy_n(filled.row(c, y), result.width, result.row(c, y));
    return result;
}

Planes neutralFill(const Planes& picture, const Planes& mask)
{
    Planes result = picture;
    for (int c = 0; c < result.channels; ++c)
        for (std::size_t i = 0; i < result.planeSize(); ++i)
            if (mask.plane(0)[i] > 0.0F)
                result.plane(c)[i] = 0.0F;
    return result;
}

} // namespace pentimento
