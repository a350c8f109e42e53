// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/mask_edit.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace pentimento {
namespace {

/// Columns that are filtered together: as many as vector registers like, few enough to stay in cache.
constexpr int strip = 64;

/// Runs `filter(line, length)` over lines of `Lanes` interleaved pixels: first along rows, then along columns.
/// Rows are transposed into strips too, so that both directions use the same inner loops.
template <typename Filter> Image separable(const Image& mask, Filter filter)
{
    ImageBuffer result = copyImage(mask);
    std::vector<std::uint8_t> lines;
    const auto run = [&](int lineCount, int length, auto&& load, auto&& store) {
        lines.resize(static_cast<std::size_t>(length) * strip);
        for (int first = 0; first < lineCount; first += strip) {
            const int lanes = std::min(strip, lineCount - first);
            load(first, lanes);
            filter(lines.data(), length);
            store(first, lanes);
        }
    };
    run(
        mask.height, mask.width,
        [&](int first, int lanes) {
            for (int lane = 0; lane < lanes; ++lane) {
                const std::uint8_t* row = result.row8(first + lane);
                for (int x = 0; x < mask.width; ++x)
                    lines[static_cast<std::size_t>(x) * strip + static_cast<std::size_t>(lane)] = row[x];
            }
        },
        [&](int first, int lanes) {
            for (int lane = 0; lane < lanes; ++lane) {
                std::uint8_t* row = result.row8(first + lane);
                for (int x = 0; x < mask.width; ++x)
                    row[x] = lines[static_cast<std::size_t>(x) * strip + static_cast<std::size_t>(lane)];
            }
        });
    run(
        mask.width, mask.height,
        [&](int first, int lanes) {
            for (int y = 0; y < mask.height; ++y)
                std::memcpy(&lines[static_cast<std::size_t>(y) * strip], result.row8(y) + first, static_cast<std::size_t>(lanes));
        },
        [&](int first, int lanes) {
            for (int y = 0; y < mask.height; ++y)
                std::memcpy(result.row8(y) + first, &lines[static_cast<std::size_t>(y) * strip], static_cast<std::size_t>(lanes));
        });
    return std::move(result).share();
}

/// Running extreme over a window of 2 * radius + 1: the maximum of a suffix and a prefix of blocks of that length.
template <typename Pick> Image runningExtreme(const Image& mask, int radius, Pick pick)
{
    if (radius <= 0)
        return mask;
    std::vector<std::uint8_t> padded, suffix;
    return separable(mask, [&, pick](std::uint8_t* line, int length) {
        const auto window = static_cast<std::size_t>(2 * radius + 1);
        const auto count = static_cast<std::size_t>(length) + window - 1;
        padded.resize(count * strip);
        suffix.resize(count * strip);
        for (std::size_t i = 0; i < count; ++i) {
            const int source = std::clamp(static_cast<int>(i) - radius, 0, length - 1);
            std::memcpy(&padded[i * strip], line + static_cast<std::size_t>(source) * strip, strip);
        }
        suffix = padded;
        for (std::size_t i = count - 1; i-- > 0;) {
            if ((i + 1) % window != 0)
                for (std::size_t k = 0; k < strip; ++k)
                    suffix[i * strip + k] = pick(suffix[i * strip + k], suffix[(i + 1) * strip + k]);
        }
        for (std::size_t i = 1; i < count; ++i) { // prefixes, in place
            if (i % window != 0)
                for (std::size_t k = 0; k < strip; ++k)
                    padded[i * strip + k] = pick(padded[i * strip + k], padded[(i - 1) * strip + k]);
        }
        for (std::size_t i = 0; i < static_cast<std::size_t>(length); ++i)
            for (std::size_t k = 0; k < strip; ++k)
                line[i * strip + k] = pick(suffix[i * strip + k], padded[(i + window - 1) * strip + k]);
    });
}

} // namespace

Rect maskBounds(const Image& mask, int threshold)
{
    int left = mask.width, right = -1, top = mask.height, bottom = -1;
    const auto set = [threshold](std::uint8_t value) { return value > threshold; };
    for (int y = 0; y < mask.height; ++y) {
        const std::uint8_t* row = mask.row8(y);
        const std::uint8_t* first = std::find_if(row, row + mask.width, set);
        if (first == row + mask.width)
            continue;
        const std::uint8_t* last = row + mask.width - 1;
        while (!set(*last))
            --last;
        left = std::min(left, static_cast<int>(first - row));
        right = std::max(right, static_cast<int>(last - row));
        top = std::min(top, y);
        bottom = y;
    }
    return right < 0 ? Rect{} : Rect{left, top, right - left + 1, bottom - top + 1};
}

double maskThickness(const Image& binary)
{
    std::int64_t area = 0, outline = 0;
    const std::vector<std::uint8_t> none(static_cast<std::size_t>(binary.width), 0);
    const std::uint8_t* above = none.data();
    for (int y = 0; y <= binary.height; ++y) {
        const std::uint8_t* row = y < binary.height ? binary.row8(y) : none.data();
        std::uint8_t before = 0;
        for (int x = 0; x < binary.width; ++x) {
            area += row[x] == 255 ? 1 : 0;
            outline += (row[x] != above[x] ? 1 : 0) + (row[x] != before ? 1 : 0);
            before = row[x];
        }
        outline += before != 0 ? 1 : 0;
        above = row;
    }
    return outline == 0 ? 0.0 : 4.0 * static_cast<double>(area) / static_cast<double>(outline);
}

Image binaryMask(const Image& mask, int threshold)
{
    ImageBuffer result(mask.width, mask.height, 1);
    for (int y = 0; y < mask.height; ++y)
        std::transform(mask.row8(y), mask.row8(y) + mask.width, result.row8(y),
                       [threshold](std::uint8_t value) { return static_cast<std::uint8_t>(value > threshold ? 255 : 0); });
    return std::move(result).share();
}

Image dilated(const Image& mask, int radius)
{
    return runningExtreme(mask, radius, [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); });
}

Image eroded(const Image& mask, int radius)
{
    return runningExtreme(mask, radius, [](std::uint8_t a, std::uint8_t b) { return std::min(a, b); });
}

Image tentBlurred(const Image& mask, int radius)
{
    if (radius <= 0)
        return mask;
    // Two means of radius + 1 pixels, one reaching forward and one backward, make a tent of 2 * radius + 1. The first
    // one's sums are kept whole and divided only once, at the end.
    std::vector<std::uint32_t> sums;
    return separable(mask, [&](std::uint8_t* line, int length) {
        const int count = length + radius; // sums[i] covers line[i - radius .. i]
        sums.assign(static_cast<std::size_t>(count) * strip, 0);
        const auto pixel = [&](int i) { return line + static_cast<std::size_t>(std::clamp(i, 0, length - 1)) * strip; };
        std::uint32_t running[strip] = {};
        for (int i = -radius; i <= 0; ++i)
            for (int k = 0; k < strip; ++k)
                running[k] += pixel(i)[k];
        for (int i = 0; i < count; ++i) {
            std::memcpy(&sums[static_cast<std::size_t>(i) * strip], running, sizeof running);
            const std::uint8_t *in = pixel(i + 1), *out = pixel(i - radius);
            for (int k = 0; k < strip; ++k)
                running[k] += static_cast<std::uint32_t>(in[k]) - out[k];
        }
        std::uint32_t total[strip] = {}; // fits for any radius below 4,000
        for (int i = 0; i <= radius; ++i)
            for (int k = 0; k < strip; ++k)
                total[k] += sums[static_cast<std::size_t>(i) * strip + static_cast<std::size_t>(k)];
        const double scale = 1.0 / ((radius + 1.0) * (radius + 1.0));
        for (int i = 0; i < length; ++i) {
            std::uint8_t* target = line + static_cast<std::size_t>(i) * strip;
            for (int k = 0; k < strip; ++k)
                target[k] = static_cast<std::uint8_t>(static_cast<int>(total[k]) * scale + 0.5);
            if (i + 1 == length)
                break;
            const std::uint32_t* in = &sums[static_cast<std::size_t>(i + radius + 1) * strip];
            const std::uint32_t* out = &sums[static_cast<std::size_t>(i) * strip];
            for (int k = 0; k < strip; ++k)
                total[k] += in[k] - out[k];
        }
    });
}

Image maskUnion(const Image& a, const Image& b)
{
    ImageBuffer result(a.width, a.height, 1);
    for (int y = 0; y < a.height; ++y)
        std::transform(a.row8(y), a.row8(y) + a.width, b.row8(y), result.row8(y),
                       [](std::uint8_t p, std::uint8_t q) { return std::max(p, q); });
    return std::move(result).share();
}

Planes resizedMask(const Image& mask, Size size)
{
    Planes result(size.width, size.height, 1);
    // Pixels [begin, end) of the source lie, wholly or in part, under pixel `i` of the target.
    const auto begin = [](int i, int from, int to) { return static_cast<int>(static_cast<std::int64_t>(i) * from / to); };
    const auto end = [](int i, int from, int to) {
        return static_cast<int>((static_cast<std::int64_t>(i + 1) * from + to - 1) / to);
    };
    const bool enlargeX = size.width > mask.width, enlargeY = size.height > mask.height;
    for (int y = 0; y < size.height; ++y) {
        const int top = begin(y, mask.height, size.height);
        const int bottom = enlargeY ? top + 1 : end(y, mask.height, size.height);
        for (int x = 0; x < size.width; ++x) {
            const int left = begin(x, mask.width, size.width);
            const int right = enlargeX ? left + 1 : end(x, mask.width, size.width);
            std::uint8_t largest = 0;
            for (int v = top; v < bottom; ++v)
                largest = std::max(largest, *std::max_element(mask.row8(v) + left, mask.row8(v) + right));
            result.row(0, y)[x] = static_cast<float>(largest) / 255.0F;
        }
    }
    return result;
}

} // namespace pentimento
