// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "inference/kernels/attention_kernel.cpp"

#include "inference/kernels/vector_target.h"
#include <hwy/foreach_target.h>
// clang-format off
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include "inference/kernels/attention_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#ifndef PENTIMENTO_ATTENTION_BLOCKS
#define PENTIMENTO_ATTENTION_BLOCKS
namespace pentimento {
inline constexpr std::int64_t queryBlock = 48;
inline constexpr std::int64_t keyBlock = 256;
// Columns are padded to two of the widest vectors.
inline constexpr std::int64_t columnPad = 32;
inline std::int64_t roundUp(std::int64_t value, std::int64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}
} // namespace pentimento
#endif

HWY_BEFORE_NAMESPACE();
namespace pentimento::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;

// c[r][0 .. columns) (+)= sum over i of a[r][i] * b[i][...], for `Rows` rows; columns a multiple of the vector size.
template <int Rows, bool Accumulate>
HWY_INLINE void productRows(const float* HWY_RESTRICT a, std::int64_t aStride, const float* HWY_RESTRICT b, std::int64_t bStride,
                            float* HWY_RESTRICT c, std::int64_t cStride, std::int64_t depth, std::int64_t columns)
{
    const Floats d;
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
    using Vec = hn::Vec<Floats>;
    std::int64_t column = 0;
    for (; column + 2 * lanes <= columns; column += 2 * lanes) {
        Vec low[Rows], high[Rows];
        PENTIMENTO_UNROLL
        for (int r = 0; r < Rows; ++r) {
            low[r] = Accumulate ? hn::LoadU(d, c + r * cStride + column) : hn::Zero(d);
            high[r] = Accumulate ? hn::LoadU(d, c + r * cStride + column + lanes) : hn::Zero(d);
        }
        for (std::int64_t i = 0; i < depth; ++i) {
            const Vec b0 = hn::LoadU(d, b + i * bStride + column), b1 = hn::LoadU(d, b + i * bStride + column + lanes);
            PENTIMENTO_UNROLL
            for (int r = 0; r < Rows; ++r) {
                const Vec factor = hn::Set(d, a[r * aStride + i]);
                low[r] = hn::MulAdd(factor, b0, low[r]);
                high[r] = hn::MulAdd(factor, b1, high[r]);
            }
        }
        PENTIMENTO_UNROLL
        for (int r = 0; r < Rows; ++r) {
            hn::StoreU(low[r], d, c + r * cStride + column);
            hn::StoreU(high[r], d, c + r * cStride + column + lanes);
        }
    }
    for (; column < columns; column += lanes) {
        Vec sum[Rows];
        PENTIMENTO_UNROLL
        for (int r = 0; r < Rows; ++r)
            sum[r] = Accumulate ? hn::LoadU(d, c + r * cStride + column) : hn::Zero(d);
        for (std::int64_t i = 0; i < depth; ++i) {
            const Vec b0 = hn::LoadU(d, b + i * bStride + column);
            PENTIMENTO_UNROLL
            for (int r = 0; r < Rows; ++r)
                sum[r] = hn::MulAdd(hn::Set(d, a[r * aStride + i]), b0, sum[r]);
        }
        PENTIMENTO_UNROLL
        for (int r = 0; r < Rows; ++r)
            hn::StoreU(sum[r], d, c + r * cStride + column);
    }
}

template <bool Accumulate> void product(const float* a, std::int64_t aStride, const float* b, std::int64_t bStride, float* c,
                                        std::int64_t cStride, std::int64_t rows, std::int64_t depth, std::int64_t columns)
{
    std::int64_t r = 0;
    for (; r + 6 <= rows; r += 6)
        productRows<6, Accumulate>(a + r * aStride, aStride, b, bStride, c + r * cStride, cStride, depth, columns);
    for (; r < rows; ++r)
        productRows<1, Accumulate>(a + r * aStride, aStride, b, bStride, c + r * cStride, cStride, depth, columns);
}

// One row of scores -> weights in place: exp(score - new maximum). Returns their sum and updates the maximum.
HWY_INLINE float softmaxRow(float* scores, std::int64_t count, std::int64_t padded, float& maximum)
{
    const Floats d;
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (std::int64_t i = count; i < padded; ++i)
        scores[i] = std::numeric_limits<float>::lowest();
    auto largest = hn::Set(d, maximum);
    for (std::int64_t i = 0; i < padded; i += lanes)
        largest = hn::Max(largest, hn::LoadU(d, scores + i));
    maximum = hn::GetLane(hn::MaxOfLanes(d, largest));
    const auto top = hn::Set(d, maximum);
    const auto lowest = hn::Set(d, -80.0f);
    auto sum = hn::Zero(d);
    for (std::int64_t i = 0; i < padded; i += lanes) {
        // Below exp(-80) a weight is nothing, and the clamp keeps the padding from overflowing the subtraction.
        const auto weight = hn::Exp(d, hn::Max(hn::Sub(hn::LoadU(d, scores + i), top), lowest));
        hn::StoreU(weight, d, scores + i);
        sum = hn::Add(sum, weight);
    }
    float total = hn::GetLane(hn::SumOfLanes(d, sum));
    for (std::int64_t i = count; i < padded; ++i) {
        total -= scores[i];
        scores[i] = 0;
    }
    return total;
}

void attentionTaskTarget(const AttentionShape& shape, const float* q, const PackedKeyValues& packed, float scale, float* out,
                         std::int64_t task)
{
    const std::int64_t blocks = shape.queryBlocks(), head = task / blocks % shape.heads, batch = task / blocks / shape.heads;
    const std::int64_t first = task % blocks * queryBlock, rows = std::min(queryBlock, shape.queries - first);
    const std::int64_t dim = shape.dim, padded = packed.paddedDim, rowStride = shape.heads * dim;
    const std::int64_t headIndex = batch * shape.heads + head;
    const float* keys = packed.keys.data() + headIndex * dim * packed.paddedKeys;
    const float* values = packed.values.data() + headIndex * packed.paddedKeys * padded;

    thread_local std::vector<float> scratch;
    scratch.resize(static_cast<std::size_t>(queryBlock * (dim + padded + keyBlock)));
    float* query = scratch.data();
    float* sums = query + queryBlock * dim;
    float* scores = sums + queryBlock * padded;
    std::fill(sums, sums + rows * padded, 0.0f);
    const float* source = q + (batch * shape.queries + first) * rowStride + head * dim;
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t i = 0; i < dim; ++i)
            query[r * dim + i] = source[r * rowStride + i] * scale;

    float maxima[queryBlock], totals[queryBlock];
    std::fill(maxima, maxima + queryBlock, std::numeric_limits<float>::lowest());
    std::fill(totals, totals + queryBlock, 0.0f);
    const Floats d;
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (std::int64_t key = 0; key < shape.keys; key += keyBlock) {
        const std::int64_t count = std::min(keyBlock, shape.keys - key), columns = roundUp(count, columnPad);
        product<false>(query, dim, keys + key, packed.paddedKeys, scores, keyBlock, rows, dim, columns);
        for (std::int64_t r = 0; r < rows; ++r) {
            const float before = maxima[r];
            const float total = softmaxRow(scores + r * keyBlock, count, columns, maxima[r]);
            if (key > 0 && maxima[r] > before) {
                const float shrink = std::exp(before - maxima[r]);
                totals[r] *= shrink;
                for (std::int64_t i = 0; i < padded; i += lanes)
                    hn::StoreU(hn::Mul(hn::LoadU(d, sums + r * padded + i), hn::Set(d, shrink)), d, sums + r * padded + i);
            }
            totals[r] += total;
        }
        product<true>(scores, keyBlock, values + key * padded, padded, sums, padded, rows, count, padded);
    }
    float* target = out + (batch * shape.queries + first) * rowStride + head * dim;
    for (std::int64_t r = 0; r < rows; ++r) {
        const float inverse = 1.0f / totals[r];
        for (std::int64_t i = 0; i < dim; ++i)
            target[r * rowStride + i] = sums[r * padded + i] * inverse;
    }
}

std::int64_t vectorLanesTarget()
{
    return static_cast<std::int64_t>(hn::Lanes(Floats()));
}

} // namespace pentimento::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pentimento {

HWY_EXPORT(attentionTaskTarget);
HWY_EXPORT(vectorLanesTarget);

std::int64_t AttentionShape::queryBlocks() const
{
    return (queries + queryBlock - 1) / queryBlock;
}

PackedKeyValues allocateKeyValues(const AttentionShape& shape)
{
    PackedKeyValues packed;
    packed.paddedKeys = roundUp(shape.keys, columnPad);
    packed.paddedDim = roundUp(shape.dim, HWY_DYNAMIC_DISPATCH(vectorLanesTarget)());
    const auto heads = static_cast<std::size_t>(shape.batch * shape.heads);
    packed.keys.resize(heads * static_cast<std::size_t>(shape.dim * packed.paddedKeys));
    packed.values.resize(heads * static_cast<std::size_t>(packed.paddedKeys * packed.paddedDim));
    return packed;
}

void packKeyValues(const AttentionShape& shape, const float* k, const float* v, std::int64_t index, PackedKeyValues& packed)
{
    const std::int64_t batch = index / shape.heads, head = index % shape.heads, rowStride = shape.heads * shape.dim;
    const std::int64_t offset = batch * shape.keys * rowStride + head * shape.dim;
    float* keys = packed.keys.data() + index * shape.dim * packed.paddedKeys;
    float* values = packed.values.data() + index * packed.paddedKeys * packed.paddedDim;
    for (std::int64_t t = 0; t < shape.keys; ++t) {
        const float* key = k + offset + t * rowStride;
        for (std::int64_t i = 0; i < shape.dim; ++i)
            keys[i * packed.paddedKeys + t] = key[i];
        std::memcpy(values + t * packed.paddedDim, v + offset + t * rowStride,
                    sizeof(float) * static_cast<std::size_t>(shape.dim));
    }
}

void attentionTask(const AttentionShape& shape, const float* q, const PackedKeyValues& packed, float scale, float* out,
                   std::int64_t task)
{
    HWY_DYNAMIC_DISPATCH(attentionTaskTarget)(shape, q, packed, scale, out, task);
}

} // namespace pentimento
#endif
