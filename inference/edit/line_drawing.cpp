// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/line_drawing.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace pentimento {
namespace {

constexpr float levels = 255.0F; // the thresholds below are in steps of 8 bits

/// Weights from the centre outwards; four sigmas hold all that floats can tell.
std::vector<float> halfKernel(double sigma)
{
    const int radius = std::max(1, static_cast<int>(std::lround(4 * sigma)));
    std::vector<double> weights;
    double sum = 0;
    for (int i = 0; i <= radius; ++i) {
        weights.push_back(std::exp(-0.5 * i * i / (sigma * sigma)));
        sum += i == 0 ? weights.back() : 2 * weights.back();
    }
    std::vector<float> kernel;
    for (const double weight : weights)
        kernel.push_back(static_cast<float>(weight / sum));
    return kernel;
}

/// Mirrors an index into 0..count - 1, the border itself not doubled.
int mirrored(int i, int count)
{
    if (count == 1)
        return 0;
    const int period = 2 * (count - 1);
    i = std::abs(i) % period;
    return i < count ? i : period - i;
}

/// Replaces `count` elements, `step` apart, by the weighted sums around them.
void blurLine(float* line, int count, std::size_t step, const std::vector<float>& kernel)
{
    const int radius = static_cast<int>(kernel.size()) - 1;
    std::vector<float> padded(static_cast<std::size_t>(count + 2 * radius)), sums(static_cast<std::size_t>(count));
    for (int i = -radius; i < count + radius; ++i)
        padded[static_cast<std::size_t>(i + radius)] = line[step * static_cast<std::size_t>(mirrored(i, count))];
    const float* center = padded.data() + radius;
    for (int i = 0; i < count; ++i)
        sums[static_cast<std::size_t>(i)] = kernel[0] * center[i];
    for (int k = 1; k <= radius; ++k) {
        const float weight = kernel[static_cast<std::size_t>(k)];
        for (int i = 0; i < count; ++i)
            sums[static_cast<std::size_t>(i)] += weight * (center[i - k] + center[i + k]);
    }
    for (int i = 0; i < count; ++i)
        line[step * static_cast<std::size_t>(i)] = sums[static_cast<std::size_t>(i)];
}

/// By how many levels `picture` is darker than `surroundings`, in the colour where it is least so; negative where brighter.
std::vector<float> darkness(const Planes& picture, const Planes& surroundings)
{
    std::vector<float> result(picture.planeSize());
    for (std::size_t i = 0; i < result.size(); ++i) {
        float least = surroundings.plane(0)[i] - picture.plane(0)[i];
        for (int c = 1; c < picture.channels; ++c)
            least = std::min(least, surroundings.plane(c)[i] - picture.plane(c)[i]);
        result[i] = least * levels;
    }
    return result;
}

float median(std::vector<float> values)
{
    if (values.empty())
        return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1)
        return *middle;
    return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

} // namespace

Planes gaussianBlurred(const Planes& picture, double sigma)
{
    const std::vector<float> kernel = halfKernel(sigma);
    Planes result = picture;
    for (int c = 0; c < picture.channels; ++c) {
        for (int y = 0; y < picture.height; ++y)
            blurLine(result.row(c, y), picture.width, 1, kernel);
        for (int x = 0; x < picture.width; ++x)
            blurLine(result.plane(c) + x, picture.height, static_cast<std::size_t>(picture.width), kernel);
    }
    return result;
}

Planes lineart(const Planes& picture)
{
    constexpr double sigma = 6;
    constexpr float faintest = 8, weakest = 16, typical = 127;
    const std::vector<float> dark = darkness(picture, gaussianBlurred(picture, sigma));
    std::vector<float> lines;
    std::copy_if(dark.begin(), dark.end(), std::back_inserter(lines), [](float value) { return value > faintest; });
    const float scale = typical / std::max(weakest, median(std::move(lines)));
    Planes drawing(picture.width, picture.height, 1);
    std::transform(dark.begin(), dark.end(), drawing.values.begin(),
                   [&](float value) { return std::clamp(value * scale / levels, 0.0F, 1.0F); });
    return drawing;
}

Planes scribble(const Planes& picture)
{
    constexpr double narrow = 0.5, wide = 5;
    constexpr float threshold = 16;
    const std::vector<float> dark = darkness(gaussianBlurred(picture, narrow), gaussianBlurred(picture, wide));
    Planes drawing(picture.width, picture.height, 1);
    std::transform(dark.begin(), dark.end(), drawing.values.begin(), [](float value) { return value > threshold ? 1.0F : 0.0F; });
    return drawing;
}

} // namespace pentimento
