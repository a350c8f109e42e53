// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "inference/api/picture_file.h"
#include "inference/core/json.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace pentimento {
namespace {

/// Any pixel as 16-bit RGBA, so that pictures of different formats compare by value.
std::array<int, 4> pixelAt(const Image& image, int x, int y)
{
    std::array<int, 4> raw{};
    for (int c = 0; c < image.channels; ++c) {
        const std::size_t index =
            static_cast<std::size_t>(x) * static_cast<std::size_t>(image.channels) + static_cast<std::size_t>(c);
        raw[static_cast<std::size_t>(c)] = image.bits == 16 ? image.row16(y)[index] : image.row8(y)[index] * 257;
    }
    switch (image.channels) {
    case 1: return {raw[0], raw[0], raw[0], 65535};
    case 2: return {raw[0], raw[0], raw[0], raw[1]};
    case 3: return {raw[0], raw[1], raw[2], 65535};
    default: return raw;
    }
}

struct Region {
    std::uint64_t pixels = 0, changed = 0;
    int largest = 0;
    double sum = 0;

    void add(const std::array<int, 4>& a, const std::array<int, 4>& b)
    {
        ++pixels;
        int difference = 0;
        for (std::size_t c = 0; c < 4; ++c)
            difference = std::max(difference, std::abs(a[c] - b[c]));
        changed += difference > 0;
        largest = std::max(largest, difference);
        sum += difference;
    }

    /// Differences in steps of an 8-bit sample.
    Json json() const
    {
        return {{"pixels", pixels},
                {"changed", changed},
                {"max_difference", largest / 257.0},
                {"mean_difference", pixels ? sum / 257.0 / static_cast<double>(pixels) : 0.0}};
    }
};

} // namespace

int runDiff(const std::string& a, const std::string& b, const std::string& mask)
{
    const Image first = unwrap(readPicture(std::filesystem::path(a))).image;
    const Image second = unwrap(readPicture(std::filesystem::path(b))).image;
    if (first.size() != second.size())
        throw Exception(ErrorCode::BadInput, "the pictures have different sizes", b, "compare pictures of one size");
    Image inside;
    if (!mask.empty()) {
        inside = unwrap(readMask(mask));
        if (inside.size() != first.size())
            throw Exception(ErrorCode::BadInput, "the mask has another size than the pictures", mask,
                            "give a mask of their size");
    }
    Region outsideRegion, insideRegion;
    for (int y = 0; y < first.height; ++y) {
        for (int x = 0; x < first.width; ++x) {
            // Anything above 0 was pasted over: this reads what --paste-mask wrote.
            Region& region = !inside.empty() && inside.row8(y)[x] > 0 ? insideRegion : outsideRegion;
            region.add(pixelAt(first, x, y), pixelAt(second, x, y));
        }
    }
    const Json report = {{"outside", outsideRegion.json()}, {"inside", insideRegion.json()}};
    std::printf("%s\n", report.dump(2).c_str());
    return outsideRegion.changed == 0 ? 0 : 1;
}

} // namespace pentimento
