// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/composite.h"

#include "inference/edit/mask_edit.h"
#include "inference/edit/resample.h"

#include <algorithm>
#include <array>
#include <limits>

namespace pentimento {
namespace {

/// Rows of the stretched result, one at a time: three channels of `rect.width` pixels.
class StretchedRows {
public:
    StretchedRows(const Planes& result, Size crop, const Rect& rect)
        : m_result(result), m_rect(rect), m_horizontal(resampleAxis(result.width, crop.width)),
          m_vertical(resampleAxis(result.height, crop.height)), m_mixed(static_cast<std::size_t>(result.width))
    {
        // Only the columns of the patch are needed.
        m_horizontal.spans.erase(m_horizontal.spans.begin() + rect.right(), m_horizontal.spans.end());
        m_horizontal.spans.erase(m_horizontal.spans.begin(), m_horizontal.spans.begin() + rect.x);
        m_rows.fill(std::vector<float>(static_cast<std::size_t>(rect.width)));
    }

    std::array<std::vector<float>, 3>& row(int y)
    {
        const ResampleAxis::Span& span = m_vertical.spans[static_cast<std::size_t>(m_rect.y + y)];
        for (int c = 0; c < 3; ++c) {
            std::fill(m_mixed.begin(), m_mixed.end(), 0.0F);
            for (int i = 0; i < span.count; ++i) {
                const float weight = m_vertical.weights[span.weights + static_cast<std::size_t>(i)];
                const float* source = m_result.row(c, span.first + i);
                for (std::size_t x = 0; x < m_mixed.size(); ++x)
                    m_mixed[x] += weight * source[x];
            }
            resampleRow(m_horizontal, m_mixed.data(), m_rows[static_cast<std::size_t>(c)].data());
        }
        return m_rows;
    }

private:
    const Planes& m_result;
    Rect m_rect;
    ResampleAxis m_horizontal;
    ResampleAxis m_vertical;
    std::vector<float> m_mixed;
    std::array<std::vector<float>, 3> m_rows;
};

template <typename Sample> Sample quantized(float value)
{
    constexpr auto largest = static_cast<float>(std::numeric_limits<Sample>::max());
    // NaN becomes 0, not undefined behaviour.
    return value > 0.0F ? static_cast<Sample>(std::min(value, 1.0F) * largest + 0.5F) : Sample{0};
}

/// `target` holds the picture's own pixels already; its alpha stays.
template <typename Sample> void writeRow(const std::array<std::vector<float>, 3>& rgb, int width, int channels, Sample* target)
{
    for (int x = 0; x < width; ++x, target += channels) {
        const auto i = static_cast<std::size_t>(x);
        if (channels >= 3) {
            for (std::size_t c = 0; c < 3; ++c)
                target[c] = quantized<Sample>(rgb[c][i]);
        } else {
            target[0] = quantized<Sample>(0.299F * rgb[0][i] + 0.587F * rgb[1][i] + 0.114F * rgb[2][i]);
        }
    }
}

/// Mix in 255ths, rounded to the nearest.
template <typename Sample> Sample mixed(Sample under, Sample over, unsigned alpha)
{
    const auto sum = static_cast<std::uint64_t>(under) * (255U - alpha) + static_cast<std::uint64_t>(over) * alpha;
    return static_cast<Sample>((sum + 127U) / 255U);
}

template <typename Sample>
void pasteRow(Sample* picture, const Sample* patch, const std::uint8_t* alpha, int width, int channels, int colors)
{
    for (int x = 0; x < width; ++x, picture += channels, patch += channels) {
        if (alpha[x] == 0)
            continue;
        for (int c = 0; c < colors; ++c)
            picture[c] = alpha[x] == 255 ? patch[c] : mixed(picture[c], patch[c], alpha[x]);
    }
}

} // namespace

Patch makePatch(const Image& picture, const EditPlan& plan, const Planes& result, const Planes& grain)
{
    const Rect inCrop = maskBounds(plan.paste, 0);
    const Rect rect{plan.crop.x + inCrop.x, plan.crop.y + inCrop.y, inCrop.width, inCrop.height};
    ImageBuffer pixels = copyImage(subImage(picture, rect));
    StretchedRows rows(result, plan.crop.size(), inCrop);
    for (int y = 0; y < rect.height; ++y) {
        std::array<std::vector<float>, 3>& rgb = rows.row(y);
        for (std::vector<float>& row : rgb) {
            for (std::size_t x = 0; x < row.size() && !grain.values.empty(); ++x)
                row[x] += grain.row(0, y)[x];
        }
        if (picture.bits == 16)
            writeRow(rgb, rect.width, picture.channels, pixels.row16(y));
        else
            writeRow(rgb, rect.width, picture.channels, pixels.row8(y));
    }
    return {rect, std::move(pixels).share(), copyImage(subImage(plan.paste, inCrop)).share()};
}

void pastePatch(std::byte* picture, std::size_t stride, Size size, const Patch& patch)
{
    const Rect rect = intersected(patch.rect, {0, 0, size.width, size.height});
    const int channels = patch.pixels.channels, colors = patch.pixels.colorChannels();
    for (int y = rect.y; y < rect.bottom(); ++y) {
        const int row = y - patch.rect.y, column = rect.x - patch.rect.x;
        std::byte* target =
            picture + stride * static_cast<std::size_t>(y) + patch.pixels.pixelBytes() * static_cast<std::size_t>(rect.x);
        const std::uint8_t* alpha = patch.alpha.row8(row) + column;
        if (patch.pixels.bits == 16)
            pasteRow(reinterpret_cast<std::uint16_t*>(target), patch.pixels.row16(row) + column * channels, alpha, rect.width,
                     channels, colors);
        else
            pasteRow(reinterpret_cast<std::uint8_t*>(target), patch.pixels.row8(row) + column * channels, alpha, rect.width,
                     channels, colors);
    }
}

} // namespace pentimento
