// SPDX-License-Identifier: Apache-2.0
#include "inference/kernels/vector_target.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "inference/kernels/matrix_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "inference/kernels/matrix_kernel.h"

#include <algorithm>
#include <vector>

HWY_BEFORE_NAMESPACE();
namespace pentimento::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// At most one panel wide: 16 lanes on AVX-512, 8 on AVX2, 4 on SSE4 and NEON.
using Floats = hn::CappedTag<float, 16>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(Floats()));
constexpr int vectors = static_cast<int>(panelWidth) / lanes;
// Enough independent accumulators to hide the latency of a fused multiply-add, few enough for the registers.
constexpr int tileRows = vectors == 1 ? 12 : 6;

// One register tile: Rows x panelWidth, over `depth`.
template <int Rows> HWY_INLINE void tile(const float* HWY_RESTRICT a, std::int64_t aStride, const float* HWY_RESTRICT b,
                                         float* HWY_RESTRICT c, std::int64_t cStride, std::int64_t depth,
                                         const float* HWY_RESTRICT bias, MatrixStart start)
{
    const Floats d;
    hn::Vec<Floats> sum[Rows][vectors];
    PENTIMENTO_UNROLL
    for (int r = 0; r < Rows; ++r) {
        PENTIMENTO_UNROLL
        for (int v = 0; v < vectors; ++v)
            sum[r][v] = start == MatrixStart::Zero         ? hn::Zero(d)
                        : start == MatrixStart::Accumulate ? hn::LoadU(d, c + r * cStride + v * lanes)
                                                           : hn::LoadU(d, bias + v * lanes);
    }
    for (std::int64_t k = 0; k < depth; ++k) {
        hn::Vec<Floats> row[vectors];
        PENTIMENTO_UNROLL
        for (int v = 0; v < vectors; ++v)
            row[v] = hn::LoadU(d, b + k * panelWidth + v * lanes);
        PENTIMENTO_UNROLL
        for (int r = 0; r < Rows; ++r) {
            const auto factor = hn::Set(d, a[r * aStride + k]);
            PENTIMENTO_UNROLL
            for (int v = 0; v < vectors; ++v)
                sum[r][v] = hn::MulAdd(factor, row[v], sum[r][v]);
        }
    }
    PENTIMENTO_UNROLL
    for (int r = 0; r < Rows; ++r) {
        PENTIMENTO_UNROLL
        for (int v = 0; v < vectors; ++v)
            hn::StoreU(sum[r][v], d, c + r * cStride + v * lanes);
    }
}

template <int Rows> void tailTile(std::int64_t rows, const float* a, std::int64_t aStride, const float* b, float* c,
                                  std::int64_t cStride, std::int64_t depth, const float* bias, MatrixStart start)
{
    if constexpr (Rows > 0) {
        if (rows == Rows)
            tile<Rows>(a, aStride, b, c, cStride, depth, bias, start);
        else
            tailTile<Rows - 1>(rows, a, aStride, b, c, cStride, depth, bias, start);
    }
}

void panelRows(const float* a, std::int64_t aStride, const float* b, float* c, std::int64_t cStride, std::int64_t rows,
               std::int64_t depth, const float* bias, MatrixStart start)
{
    std::int64_t r = 0;
    for (; r + tileRows <= rows; r += tileRows)
        tile<tileRows>(a + r * aStride, aStride, b, c + r * cStride, cStride, depth, bias, start);
    if (r < rows)
        tailTile<tileRows - 1>(rows - r, a + r * aStride, aStride, b, c + r * cStride, cStride, depth, bias, start);
}

void multiplyPanelsTarget(const float* a, std::int64_t aStride, const float* b, float* c, std::int64_t cStride, std::int64_t rows,
                          std::int64_t depth, std::int64_t columns, const float* bias, MatrixStart start, std::int64_t firstPanel,
                          std::int64_t lastPanel)
{
    constexpr std::int64_t depthBlock = 512; // a panel's slab fits the first-level cache
    constexpr std::int64_t rowBlock = 96;    // the rows' slab fits the second-level cache
    // Rows that lie far apart in memory are gathered first: their addresses would fight for the same cache lines.
    constexpr std::int64_t farStride = 1024;
    thread_local std::vector<float> gathered;
    const bool gather = aStride >= farStride && lastPanel - firstPanel > 4;
    alignas(64) float edge[rowBlock * panelWidth];
    alignas(64) float edgeBias[panelWidth];
    for (std::int64_t row = 0; row < rows; row += rowBlock) {
        const std::int64_t count = std::min(rowBlock, rows - row);
        for (std::int64_t k = 0; k < depth; k += depthBlock) {
            const std::int64_t length = std::min(depthBlock, depth - k);
            const MatrixStart from = k == 0 ? start : MatrixStart::Accumulate;
            const float* rowsOfA = a + row * aStride + k;
            std::int64_t rowStride = aStride;
            if (gather) {
                gathered.resize(static_cast<std::size_t>(rowBlock * depthBlock));
                for (std::int64_t r = 0; r < count; ++r)
                    std::copy_n(rowsOfA + r * aStride, length, gathered.data() + r * length);
                rowsOfA = gathered.data();
                rowStride = length;
            }
            for (std::int64_t panel = firstPanel; panel < lastPanel; ++panel) {
                const float* slab = b + panel * panelWidth * depth + k * panelWidth;
                float* target = c + row * cStride + panel * panelWidth;
                const std::int64_t valid = std::min(panelWidth, columns - panel * panelWidth);
                const float* panelBias = bias ? bias + panel * panelWidth : nullptr;
                if (valid == panelWidth) {
                    panelRows(rowsOfA, rowStride, slab, target, cStride, count, length, panelBias, from);
                    continue;
                }
                // The last columns go through a full-width buffer.
                for (std::int64_t n = 0; n < panelWidth; ++n)
                    edgeBias[n] = bias && n < valid ? panelBias[n] : 0.0f;
                if (from == MatrixStart::Accumulate) {
                    for (std::int64_t r = 0; r < count; ++r)
                        std::copy_n(target + r * cStride, valid, edge + r * panelWidth);
                }
                panelRows(rowsOfA, rowStride, slab, edge, panelWidth, count, length, edgeBias, from);
                for (std::int64_t r = 0; r < count; ++r)
                    std::copy_n(edge + r * panelWidth, valid, target + r * cStride);
            }
        }
    }
}

} // namespace pentimento::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pentimento {

HWY_EXPORT(multiplyPanelsTarget);

void packMatrix(const float* source, std::int64_t depth, std::int64_t columns, std::int64_t depthStride,
                std::int64_t columnStride, float* packed, std::int64_t firstPanel, std::int64_t lastPanel)
{
    packed += firstPanel * panelWidth * depth;
    for (std::int64_t panel = firstPanel; panel < lastPanel; ++panel) {
        // Blocks of the depth, so that what a column has in a cache line is used at once.
        constexpr std::int64_t block = 16;
        const float* first = source + panel * panelWidth * columnStride;
        const std::int64_t filled = std::min(panelWidth, columns - panel * panelWidth);
        for (std::int64_t begin = 0; begin < depth; begin += block) {
            const std::int64_t end = std::min(depth, begin + block);
            for (std::int64_t n = 0; n < panelWidth; ++n) {
                for (std::int64_t k = begin; k < end; ++k)
                    packed[k * panelWidth + n] = n < filled ? first[n * columnStride + k * depthStride] : 0.0f;
            }
        }
        packed += depth * panelWidth;
    }
}

void multiplyPackedPanels(const float* a, std::int64_t aStride, const float* b, float* c, std::int64_t cStride, std::int64_t rows,
                          std::int64_t depth, std::int64_t columns, const float* bias, MatrixStart start, std::int64_t firstPanel,
                          std::int64_t lastPanel)
{
    HWY_DYNAMIC_DISPATCH(multiplyPanelsTarget)
    (a, aStride, b, c, cStride, rows, depth, columns, bias, start, firstPanel, lastPanel);
}

void multiplyPacked(const float* a, std::int64_t aStride, const float* b, float* c, std::int64_t cStride, std::int64_t rows,
                    std::int64_t depth, std::int64_t columns, const float* bias, MatrixStart start)
{
    multiplyPackedPanels(a, aStride, b, c, cStride, rows, depth, columns, bias, start, 0, panelCount(columns));
}

} // namespace pentimento
#endif
