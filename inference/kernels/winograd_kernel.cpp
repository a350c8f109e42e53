// SPDX-License-Identifier: Apache-2.0
#include "inference/kernels/vector_target.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "inference/kernels/winograd_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "inference/kernels/matrix_kernel.h"
#include "inference/kernels/winograd_kernel.h"

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace pentimento::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
using Vec = hn::Vec<Floats>;

// One row or column of B^T d B for the points 0, 1, -1, 2, -2, infinity.
HWY_INLINE void inputTransform(const Vec (&x)[6], Vec (&y)[6])
{
    const Floats d;
    const Vec two = hn::Set(d, 2.0f), four = hn::Set(d, 4.0f), five = hn::Set(d, 5.0f);
    const Vec evenSum = hn::NegMulAdd(four, x[2], x[4]), oddSum = hn::NegMulAdd(four, x[1], x[3]);
    const Vec evenDifference = hn::Sub(x[4], x[2]), oddDifference = hn::Mul(two, hn::Sub(x[3], x[1]));
    y[0] = hn::Add(hn::NegMulAdd(five, x[2], hn::Mul(four, x[0])), x[4]);
    y[1] = hn::Add(evenSum, oddSum);
    y[2] = hn::Sub(evenSum, oddSum);
    y[3] = hn::Add(evenDifference, oddDifference);
    y[4] = hn::Sub(evenDifference, oddDifference);
    y[5] = hn::Add(hn::NegMulAdd(five, x[3], hn::Mul(four, x[1])), x[5]);
}

// One row or column of A^T m A.
HWY_INLINE void outputTransform(const Vec (&x)[6], Vec (&y)[4])
{
    const Floats d;
    const Vec sum1 = hn::Add(x[1], x[2]), difference1 = hn::Sub(x[1], x[2]);
    const Vec sum2 = hn::Add(x[3], x[4]), difference2 = hn::Sub(x[3], x[4]);
    y[0] = hn::Add(x[0], hn::Add(sum1, sum2));
    y[1] = hn::MulAdd(hn::Set(d, 2.0f), difference2, difference1);
    y[2] = hn::MulAdd(hn::Set(d, 4.0f), sum2, sum1);
    y[3] = hn::Add(hn::MulAdd(hn::Set(d, 8.0f), difference2, difference1), x[5]);
}

struct TilePlace {
    std::int64_t batch, y, x; ///< of the tile's first output
};

HWY_INLINE TilePlace placeOf(const WinogradShape& shape, std::int64_t tile)
{
    const std::int64_t across = shape.tilesAcross(), down = shape.tilesDown();
    return {tile / (across * down), tile / across % down * 4, tile % across * 4};
}

void transformInput(const WinogradShape& shape, const float* input, std::int64_t first, std::int64_t last, float* transformed)
{
    const Floats d;
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d)), plane = (last - first) * shape.in;
    for (std::int64_t tile = first; tile < last; ++tile) {
        const TilePlace place = placeOf(shape, tile);
        const float* source[6][6];
        for (std::int64_t i = 0; i < 6; ++i) {
            for (std::int64_t j = 0; j < 6; ++j) {
                const std::int64_t y = place.y + i - 1, x = place.x + j - 1;
                const bool inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
                source[i][j] = inside ? input + ((place.batch * shape.height + y) * shape.width + x) * shape.in : nullptr;
            }
        }
        float* target = transformed + (tile - first) * shape.in;
        for (std::int64_t c = 0; c < shape.in; c += lanes) {
            Vec half[6][6];
            PENTIMENTO_UNROLL
            for (int j = 0; j < 6; ++j) {
                Vec column[6], result[6];
                PENTIMENTO_UNROLL
                for (int i = 0; i < 6; ++i)
                    column[i] = source[i][j] ? hn::LoadU(d, source[i][j] + c) : hn::Zero(d);
                inputTransform(column, result);
                PENTIMENTO_UNROLL
                for (int i = 0; i < 6; ++i)
                    half[i][j] = result[i];
            }
            PENTIMENTO_UNROLL
            for (int i = 0; i < 6; ++i) {
                Vec result[6];
                inputTransform(half[i], result);
                PENTIMENTO_UNROLL
                for (int j = 0; j < 6; ++j)
                    hn::StoreU(result[j], d, target + (i * 6 + j) * plane + c);
            }
        }
    }
}

void transformOutput(const WinogradShape& shape, const float* products, const float* bias, std::int64_t first, std::int64_t last,
                     float* output)
{
    const Floats d;
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d)), plane = (last - first) * shape.out;
    for (std::int64_t tile = first; tile < last; ++tile) {
        const TilePlace place = placeOf(shape, tile);
        const int rows = static_cast<int>(std::min<std::int64_t>(4, shape.height - place.y));
        const int columns = static_cast<int>(std::min<std::int64_t>(4, shape.width - place.x));
        const float* source = products + (tile - first) * shape.out;
        float* target = output + ((place.batch * shape.height + place.y) * shape.width + place.x) * shape.out;
        for (std::int64_t c = 0; c < shape.out; c += lanes) {
            Vec half[4][6];
            PENTIMENTO_UNROLL
            for (int j = 0; j < 6; ++j) {
                Vec column[6], result[4];
                PENTIMENTO_UNROLL
                for (int i = 0; i < 6; ++i)
                    column[i] = hn::LoadU(d, source + (i * 6 + j) * plane + c);
                outputTransform(column, result);
                PENTIMENTO_UNROLL
                for (int i = 0; i < 4; ++i)
                    half[i][j] = result[i];
            }
            const Vec offset = hn::LoadU(d, bias + c);
            for (int i = 0; i < rows; ++i) {
                Vec result[4];
                outputTransform(half[i], result);
                for (int j = 0; j < columns; ++j)
                    hn::StoreU(hn::Add(result[j], offset), d, target + (i * shape.width + j) * shape.out + c);
            }
        }
    }
}

using Doubles = hn::CappedTag<double, 8>;

HWY_INLINE hn::Vec<Doubles> asDoubles(const float* numbers)
{
    return hn::PromoteTo(Doubles(), hn::LoadU(hn::Rebind<float, Doubles>(), numbers));
}

template <typename Narrow> HWY_INLINE hn::Vec<Doubles> asDoubles(const Narrow* numbers)
{
    const hn::Rebind<float, Doubles> floats;
    return hn::PromoteTo(Doubles(), hn::PromoteTo(floats, hn::LoadU(hn::Rebind<Narrow, Doubles>(), numbers)));
}

// G g G^T; in double, so that the transformed weights are exact to the last bit of a float32.
template <typename Weight> void transformWeightsOf(const Weight* weights, std::int64_t in, std::int64_t out, float* transformed,
                                                   std::int64_t firstPanel, std::int64_t lastPanel)
{
    const Doubles d;
    const hn::Rebind<float, Doubles> narrow;
    using Wide = hn::Vec<Doubles>;
    constexpr double g[6][3] = {{1.0 / 4, 0, 0},
                                {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                {0, 0, 1}};
    const std::int64_t matrix = packedSize(in, out), lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (std::int64_t panel = firstPanel; panel < lastPanel; ++panel) {
        for (std::int64_t k = 0; k < in; ++k) {
            const Weight* source = weights + (panel * 9 * in + k) * panelWidth;
            float* target = transformed + (panel * in + k) * panelWidth;
            for (std::int64_t n = 0; n < panelWidth; n += lanes) {
                const auto product = [&](int i, Wide x, Wide y, Wide z) {
                    return hn::MulAdd(hn::Set(d, g[i][2]), z,
                                      hn::MulAdd(hn::Set(d, g[i][1]), y, hn::Mul(hn::Set(d, g[i][0]), x)));
                };
                Wide half[6][3];
                PENTIMENTO_UNROLL
                for (int j = 0; j < 3; ++j) {
                    const auto row = [&](int i) { return asDoubles(source + (3 * i + j) * in * panelWidth + n); };
                    const Wide x = row(0), y = row(1), z = row(2);
                    PENTIMENTO_UNROLL
                    for (int i = 0; i < 6; ++i)
                        half[i][j] = product(i, x, y, z);
                }
                PENTIMENTO_UNROLL
                for (int i = 0; i < 6; ++i) {
                    PENTIMENTO_UNROLL
                    for (int j = 0; j < 6; ++j)
                        hn::StoreU(hn::DemoteTo(narrow, product(j, half[i][0], half[i][1], half[i][2])), narrow,
                                   target + (i * 6 + j) * matrix + n);
                }
            }
        }
    }
}

void transformWeights(PackedMatrix weights, std::int64_t in, std::int64_t out, float* transformed, std::int64_t firstPanel,
                      std::int64_t lastPanel)
{
    const auto transform = [&](const auto* numbers) { transformWeightsOf(numbers, in, out, transformed, firstPanel, lastPanel); };
    switch (weights.format) {
    case WeightFormat::Float32: return transform(static_cast<const float*>(weights.data));
    case WeightFormat::Float16: return transform(static_cast<const hwy::float16_t*>(weights.data));
    case WeightFormat::BFloat16: return transform(static_cast<const hwy::bfloat16_t*>(weights.data));
    }
}

} // namespace pentimento::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pentimento {

HWY_EXPORT(transformInput);
HWY_EXPORT(transformOutput);
HWY_EXPORT(transformWeights);

std::int64_t winogradWeightSize(std::int64_t in, std::int64_t out)
{
    return winogradPoints * packedSize(in, out);
}

void transformWinogradWeights(PackedMatrix weights, std::int64_t in, std::int64_t out, float* transformed,
                              std::int64_t firstPanel, std::int64_t lastPanel)
{
    HWY_DYNAMIC_DISPATCH(transformWeights)(weights, in, out, transformed, firstPanel, lastPanel);
}

std::int64_t winogradScratchSize(const WinogradShape& shape, std::int64_t tiles)
{
    return winogradPoints * tiles * (shape.in + shape.out);
}

void winogradTiles(const WinogradShape& shape, const float* input, const float* transformed, const float* bias, float* output,
                   std::int64_t first, std::int64_t last, float* scratch)
{
    const std::int64_t tiles = last - first;
    float* products = scratch + winogradPoints * tiles * shape.in;
    HWY_DYNAMIC_DISPATCH(transformInput)(shape, input, first, last, scratch);
    for (std::int64_t point = 0; point < winogradPoints; ++point)
        multiplyPacked(scratch + point * tiles * shape.in, shape.in, {transformed + point * packedSize(shape.in, shape.out)},
                       products + point * tiles * shape.out, shape.out, tiles, shape.in, shape.out, nullptr, MatrixStart::Zero);
    HWY_DYNAMIC_DISPATCH(transformOutput)(shape, products, bias, first, last, output);
}

} // namespace pentimento
#endif
