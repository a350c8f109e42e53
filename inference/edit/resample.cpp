// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/resample.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

namespace pentimento {
namespace {

constexpr double lobes = 3.0;

double lanczos(double x)
{
    if (x == 0.0)
        return 1.0;
    if (std::abs(x) >= lobes)
        return 0.0;
    const double t = std::numbers::pi * x;
    return lobes * std::sin(t) * std::sin(t / lobes) / (t * t);
}

/// Adds `weight` times a row to another.
void addRow(float* target, const float* source, float weight, int width)
{
    for (int x = 0; x < width; ++x)
        target[x] += weight * source[x];
}

/// Resizes rows that `fetch(y, buffer)` delivers in order, each once, into one plane.
void resizePlane(const ResampleAxis& horizontal, const ResampleAxis& vertical, int inputWidth, int inputHeight,
                 const std::function<void(int, float*)>& fetch, float* target, int width, int height)
{
    std::vector<float> input(static_cast<std::size_t>(inputWidth)), narrow(static_cast<std::size_t>(width));
    std::fill(target, target + static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0.0F);
    // Every input row is spread over the output rows that it weighs on; the first of these only moves down.
    int first = 0;
    for (int y = 0; y < inputHeight; ++y) {
        while (first < height &&
               vertical.spans[static_cast<std::size_t>(first)].first + vertical.spans[static_cast<std::size_t>(first)].count <= y)
            ++first;
        fetch(y, input.data());
        resampleRow(horizontal, input.data(), narrow.data());
        for (int out = first; out < height; ++out) {
            const ResampleAxis::Span& span = vertical.spans[static_cast<std::size_t>(out)];
            if (span.first > y)
                break;
            const float weight = vertical.weights[span.weights + static_cast<std::size_t>(y - span.first)];
            addRow(target + static_cast<std::size_t>(out) * static_cast<std::size_t>(width), narrow.data(), weight, width);
        }
    }
}

template <typename Sample> void copyChannel(const Sample* row, int channels, int channel, int width, float scale, float* target)
{
    for (int x = 0; x < width; ++x)
        target[x] = static_cast<float>(row[x * channels + channel]) * scale;
}

/// Resizes `rect` of a picture by axes that count from its corner.
Planes toPlanes(const Image& picture, const Rect& rect, const ResampleAxis& horizontal, const ResampleAxis& vertical)
{
    const int width = static_cast<int>(horizontal.spans.size()), height = static_cast<int>(vertical.spans.size());
    Planes result(width, height, 3);
    for (int c = 0; c < picture.colorChannels(); ++c) {
        const auto fetch = [&](int y, float* row) {
            const int from = rect.x * picture.channels;
            if (picture.bits == 16)
                copyChannel(picture.row16(rect.y + y) + from, picture.channels, c, rect.width, 1.0F / 65535.0F, row);
            else
                copyChannel(picture.row8(rect.y + y) + from, picture.channels, c, rect.width, 1.0F / 255.0F, row);
        };
        resizePlane(horizontal, vertical, rect.width, rect.height, fetch, result.plane(c), width, height);
    }
    for (int c = picture.colorChannels(); c < 3; ++c)
        std::copy_n(result.plane(0), result.planeSize(), result.plane(c));
    return result;
}

} // namespace

ResampleAxis resampleAxis(int from, int to)
{
    if (from == to) {
        ResampleAxis axis;
        axis.spans.reserve(static_cast<std::size_t>(to));
        for (int i = 0; i < to; ++i)
            axis.spans.push_back({i, 1, static_cast<std::size_t>(i)});
        axis.weights.assign(static_cast<std::size_t>(to), 1.0F);
        return axis;
    }
    return resampleAxis(from, 0, from, to);
}

ResampleAxis resampleAxis(int from, double begin, double length, int to)
{
    ResampleAxis axis;
    axis.spans.reserve(static_cast<std::size_t>(to));
    const double ratio = length / to;
    const double stretch = std::max(1.0, ratio);
    for (int i = 0; i < to; ++i) {
        const double center = begin + (i + 0.5) * ratio;
        const int first = std::max(0, static_cast<int>(std::floor(center - lobes * stretch)));
        const int last = std::min(from, static_cast<int>(std::ceil(center + lobes * stretch)));
        axis.spans.push_back({first, last - first, axis.weights.size()});
        double sum = 0;
        for (int j = first; j < last; ++j)
            sum += lanczos((j + 0.5 - center) / stretch);
        for (int j = first; j < last; ++j)
            axis.weights.push_back(static_cast<float>(lanczos((j + 0.5 - center) / stretch) / sum));
    }
    return axis;
}

void resampleRow(const ResampleAxis& axis, const float* input, float* output)
{
    for (const ResampleAxis::Span& span : axis.spans) {
        const float* weights = axis.weights.data() + span.weights;
        const float* pixels = input + span.first;
        float sum = 0;
        for (int i = 0; i < span.count; ++i)
            sum += weights[i] * pixels[i];
        *output++ = sum;
    }
}

Planes resized(const Planes& planes, Size size)
{
    if (planes.width == size.width && planes.height == size.height)
        return planes;
    const ResampleAxis horizontal = resampleAxis(planes.width, size.width);
    const ResampleAxis vertical = resampleAxis(planes.height, size.height);
    Planes result(size.width, size.height, planes.channels);
    for (int c = 0; c < planes.channels; ++c) {
        const auto fetch = [&](int y, float* row) { std::copy_n(planes.row(c, y), planes.width, row); };
        resizePlane(horizontal, vertical, planes.width, planes.height, fetch, result.plane(c), size.width, size.height);
    }
    return result;
}

Planes cropToPlanes(const Image& picture, const Rect& rect, Size working)
{
    return toPlanes(picture, rect, resampleAxis(rect.width, working.width), resampleAxis(rect.height, working.height));
}

Planes stretchedCrop(const Image& picture, Size over, const Rect& rect, Size working)
{
    if (picture.size() == over)
        return cropToPlanes(picture, rect, working);
    const auto axis = [](int own, int all, int begin, int length, int to) {
        const double scale = static_cast<double>(own) / all;
        return resampleAxis(own, begin * scale, length * scale, to);
    };
    return toPlanes(picture, {0, 0, picture.width, picture.height},
                    axis(picture.width, over.width, rect.x, rect.width, working.width),
                    axis(picture.height, over.height, rect.y, rect.height, working.height));
}

} // namespace pentimento
