// SPDX-License-Identifier: Apache-2.0
#include "inference/kernels/vector_target.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "inference/kernels/matrix_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "inference/kernels/matrix_kernel.h"

#include <algorithm>
#include <type_traits>
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

HWY_INLINE hn::Vec<Floats> widened(const hwy::float16_t* numbers)
{
    const hn::Rebind<hwy::float16_t, Floats> narrow;
    return hn::PromoteTo(Floats(), hn::LoadU(narrow, numbers));
}

HWY_INLINE hn::Vec<Floats> widened(const hwy::bfloat16_t* numbers)
{
    const hn::Rebind<hwy::bfloat16_t, Floats> narrow;
    return hn::PromoteTo(Floats(), hn::LoadU(narrow, numbers));
}

// `count` numbers of a panel, a multiple of its width, as float32: where they are, or in `wide`.
HWY_INLINE const float* asFloats(const float* numbers, std::int64_t, float*)
{
    return numbers;
}

template <typename Narrow> HWY_INLINE const float* asFloats(const Narrow* numbers, std::int64_t count, float* wide)
{
    for (std::int64_t i = 0; i < count; i += lanes)
        hn::Store(widened(numbers + i), Floats(), wide + i);
    return wide;
}

template <typename Weight> void multiplyPanelsOf(const float* a, std::int64_t aStride, const Weight* b, float* c,
                                                 std::int64_t cStride, std::int64_t rows, std::int64_t depth,
                                                 std::int64_t columns, const float* bias, MatrixStart start,
                                                 std::int64_t firstPanel, std::int64_t lastPanel)
{
    constexpr std::int64_t depthBlock = 512; // a panel's slab fits the first-level cache
    constexpr std::int64_t rowBlock = 96;    // the rows' slab fits the second-level cache
    // Rows that lie far apart in memory are gathered first: their addresses would fight for the same cache lines.
    constexpr std::int64_t farStride = 1024;
    thread_local std::vector<float> gathered;
    const bool gather = aStride >= farStride && lastPanel - firstPanel > 4;
    alignas(64) float wide[std::is_same_v<Weight, float> ? 1 : depthBlock * panelWidth];
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
                const float* slab = asFloats(b + panel * panelWidth * depth + k * panelWidth, length * panelWidth, wide);
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

void multiplyPanelsTarget(const float* a, std::int64_t aStride, PackedMatrix b, float* c, std::int64_t cStride, std::int64_t rows,
                          std::int64_t depth, std::int64_t columns, const float* bias, MatrixStart start, std::int64_t firstPanel,
                          std::int64_t lastPanel)
{
    const auto multiply = [&](const auto* weights) {
        multiplyPanelsOf(a, aStride, weights, c, cStride, rows, depth, columns, bias, start, firstPanel, lastPanel);
    };
    switch (b.format) {
    case WeightFormat::Float32: return multiply(static_cast<const float*>(b.data));
    case WeightFormat::Float16: return multiply(static_cast<const hwy::float16_t*>(b.data));
    case WeightFormat::BFloat16: return multiply(static_cast<const hwy::bfloat16_t*>(b.data));
    }
}

// Square blocks of a vector's lanes are transposed by perfect shuffles, as often as a lane's number has bits.
template <typename Number> HWY_INLINE void transposeBlock(const Number* source, std::int64_t stride, Number* const* targets)
{
    constexpr int side = 16 / sizeof(Number);
#if HWY_TARGET == HWY_SCALAR
    for (int i = 0; i < side; ++i) {
        for (int j = 0; j < side; ++j)
            targets[i][j] = source[j * stride + i];
    }
#else
    const hn::FixedTag<Number, side> d;
    hn::Vec<decltype(d)> rows[side], shuffled[side];
    PENTIMENTO_UNROLL
    for (int i = 0; i < side; ++i)
        rows[i] = hn::LoadU(d, source + i * stride);
    PENTIMENTO_UNROLL
    for (int shuffles = 1; shuffles < side; shuffles *= 2) {
        PENTIMENTO_UNROLL
        for (int i = 0; i < side / 2; ++i) {
            shuffled[2 * i] = hn::InterleaveLower(d, rows[i], rows[i + side / 2]);
            shuffled[2 * i + 1] = hn::InterleaveUpper(d, rows[i], rows[i + side / 2]);
        }
        PENTIMENTO_UNROLL
        for (int i = 0; i < side; ++i)
            rows[i] = shuffled[i];
    }
    PENTIMENTO_UNROLL
    for (int i = 0; i < side; ++i)
        hn::StoreU(rows[i], d, targets[i]);
#endif
}

template <typename Number> void packNumbers(const Number* weights, std::int64_t columns, std::int64_t in, std::int64_t taps,
                                            Number* packed, std::int64_t firstPanel, std::int64_t lastPanel)
{
    constexpr std::int64_t side = 16 / sizeof(Number);
    const std::int64_t depth = taps * in;
    for (std::int64_t panel = firstPanel; panel < lastPanel; ++panel) {
        const Number* rows = weights + panel * panelWidth * depth;
        Number* target = packed + panel * panelWidth * depth;
        const std::int64_t filled = std::min(panelWidth, columns - panel * panelWidth);
        const auto rowOf = [&](std::int64_t k) { return target + (k % taps * in + k / taps) * panelWidth; };
        std::int64_t k = 0;
        for (; filled == panelWidth && k + side <= depth; k += side) {
            Number* targets[side];
            for (std::int64_t i = 0; i < side; ++i)
                targets[i] = rowOf(k + i);
            for (std::int64_t n = 0; n < panelWidth; n += side) {
                transposeBlock(rows + n * depth + k, depth, targets);
                for (Number*& place : targets)
                    place += side;
            }
        }
        for (; k < depth; ++k) {
            for (std::int64_t n = 0; n < panelWidth; ++n)
                rowOf(k)[n] = n < filled ? rows[n * depth + k] : Number(0);
        }
    }
}

void packWeightsTarget(const void* weights, WeightFormat format, std::int64_t columns, std::int64_t in, std::int64_t taps,
                       void* packed, std::int64_t firstPanel, std::int64_t lastPanel)
{
    const auto pack = [&](auto number) {
        using Number = decltype(number);
        packNumbers(static_cast<const Number*>(weights), columns, in, taps, static_cast<Number*>(packed), firstPanel, lastPanel);
    };
    if (formatSize(format) == sizeof(float))
        pack(std::uint32_t());
    else
        pack(std::uint16_t());
}

} // namespace pentimento::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pentimento {

HWY_EXPORT(multiplyPanelsTarget);
HWY_EXPORT(packWeightsTarget);

void packWeights(const void* weights, WeightFormat format, std::int64_t columns, std::int64_t in, std::int64_t taps, void* packed,
                 std::int64_t firstPanel, std::int64_t lastPanel)
{
    HWY_DYNAMIC_DISPATCH(packWeightsTarget)(weights, format, columns, in, taps, packed, firstPanel, lastPanel);
}

void multiplyPackedPanels(const float* a, std::int64_t aStride, PackedMatrix b, float* c, std::int64_t cStride, std::int64_t rows,
                          std::int64_t depth, std::int64_t columns, const float* bias, MatrixStart start, std::int64_t firstPanel,
                          std::int64_t lastPanel)
{
    HWY_DYNAMIC_DISPATCH(multiplyPanelsTarget)
    (a, aStride, b, c, cStride, rows, depth, columns, bias, start, firstPanel, lastPanel);
}

void multiplyPacked(const float* a, std::int64_t aStride, PackedMatrix b, float* c, std::int64_t cStride, std::int64_t rows,
                    std::int64_t depth, std::int64_t columns, const float* bias, MatrixStart start)
{
    multiplyPackedPanels(a, aStride, b, c, cStride, rows, depth, columns, bias, start, 0, panelCount(columns));
}

} // namespace pentimento
#endif
