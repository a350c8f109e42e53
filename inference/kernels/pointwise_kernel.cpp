// SPDX-License-Identifier: Apache-2.0
#include "inference/kernels/vector_target.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "inference/kernels/pointwise_kernel.cpp"
#include <hwy/foreach_target.h>
// clang-format off
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include "inference/kernels/pointwise_kernel.h"

#include <cmath>
#include <vector>

HWY_BEFORE_NAMESPACE();
namespace pentimento::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vec = hn::Vec<Floats>;

HWY_INLINE Vec silu(Vec x)
{
    const Floats d;
    return hn::Div(x, hn::Add(hn::Set(d, 1.0f), hn::Exp(d, hn::Min(hn::Neg(x), hn::Set(d, 80.0f)))));
}

HWY_INLINE Vec gelu(Vec x)
{
    const Floats d;
    const Vec one = hn::Set(d, 1.0f);
    const Vec z = hn::Mul(hn::Abs(x), hn::Set(d, 0.70710678f));
    const Vec t = hn::Div(one, hn::MulAdd(hn::Set(d, 0.3275911f), z, one));
    Vec poly = hn::Set(d, 1.061405429f);
    for (const float coefficient : {-1.453152027f, 1.421413741f, -0.284496736f, 0.254829592f})
        poly = hn::MulAdd(poly, t, hn::Set(d, coefficient));
    const Vec tail = hn::Mul(hn::Mul(poly, t), hn::Exp(d, hn::Max(hn::Neg(hn::Mul(z, z)), hn::Set(d, -80.0f))));
    // erf is odd: tail is 1 - erf(|z|), so Phi(x) is tail / 2 below zero and 1 - tail / 2 above.
    const Vec half = hn::Mul(hn::Set(d, 0.5f), tail);
    return hn::Mul(x, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), half, hn::Sub(one, half)));
}

void addMomentsTarget(const float* x, std::int64_t rows, std::int64_t channels, double* sums)
{
    const Floats d;
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
    // float sums over short runs of rows, as differences from the run's first row, so that the squares do not drown
    // in a large mean; double across runs
    constexpr std::int64_t run = 32;
    thread_local std::vector<float> partial;
    partial.resize(static_cast<std::size_t>(2 * channels));
    for (std::int64_t first = 0; first < rows; first += run) {
        const std::int64_t count = std::min(run, rows - first);
        const float* origin = x + first * channels;
        std::int64_t c = 0;
        for (; c + lanes <= channels; c += lanes) {
            const Vec base = hn::LoadU(d, origin + c);
            Vec sum = hn::Zero(d), squares = hn::Zero(d);
            for (std::int64_t r = 1; r < count; ++r) {
                const Vec value = hn::Sub(hn::LoadU(d, origin + r * channels + c), base);
                sum = hn::Add(sum, value);
                squares = hn::MulAdd(value, value, squares);
            }
            hn::StoreU(sum, d, partial.data() + c);
            hn::StoreU(squares, d, partial.data() + channels + c);
        }
        for (; c < channels; ++c) {
            float sum = 0, squares = 0;
            for (std::int64_t r = 1; r < count; ++r) {
                const float value = origin[r * channels + c] - origin[c];
                sum += value;
                squares += value * value;
            }
            partial[static_cast<std::size_t>(c)] = sum;
            partial[static_cast<std::size_t>(channels + c)] = squares;
        }
        for (std::int64_t i = 0; i < channels; ++i) {
            const double base = static_cast<double>(origin[i]), n = static_cast<double>(count);
            const double sum = static_cast<double>(partial[static_cast<std::size_t>(i)]);
            sums[i] += sum + n * base;
            sums[channels + i] +=
                static_cast<double>(partial[static_cast<std::size_t>(channels + i)]) + base * (2 * sum + n * base);
        }
    }
}

void scaleShiftTarget(const float* x, const float* scale, const float* shift, float* y, std::int64_t rows, std::int64_t channels,
                      bool withSilu)
{
    const Floats d;
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (std::int64_t r = 0; r < rows; ++r, x += channels, y += channels) {
        std::int64_t c = 0;
        for (; c + lanes <= channels; c += lanes) {
            const Vec value = hn::MulAdd(hn::LoadU(d, x + c), hn::LoadU(d, scale + c), hn::LoadU(d, shift + c));
            hn::StoreU(withSilu ? silu(value) : value, d, y + c);
        }
        for (; c < channels; ++c) {
            const float value = x[c] * scale[c] + shift[c];
            y[c] = withSilu ? value / (1.0f + std::exp(-value)) : value;
        }
    }
}

void gegluTarget(const float* x, float* y, std::int64_t rows, std::int64_t channels)
{
    const Floats d;
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (std::int64_t r = 0; r < rows; ++r, x += 2 * channels, y += channels) {
        std::int64_t c = 0;
        for (; c + lanes <= channels; c += lanes)
            hn::StoreU(hn::Mul(hn::LoadU(d, x + c), gelu(hn::LoadU(d, x + channels + c))), d, y + c);
        for (; c < channels; ++c) {
            const float gate = x[channels + c];
            y[c] = x[c] * 0.5f * gate * (1.0f + std::erf(gate * 0.70710678f));
        }
    }
}

} // namespace pentimento::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pentimento {

HWY_EXPORT(addMomentsTarget);
HWY_EXPORT(scaleShiftTarget);
HWY_EXPORT(gegluTarget);

void addMoments(const float* x, std::int64_t rows, std::int64_t channels, double* sums)
{
    HWY_DYNAMIC_DISPATCH(addMomentsTarget)(x, rows, channels, sums);
}

void scaleShift(const float* x, const float* scale, const float* shift, float* y, std::int64_t rows, std::int64_t channels,
                bool silu)
{
    HWY_DYNAMIC_DISPATCH(scaleShiftTarget)(x, scale, shift, y, rows, channels, silu);
}

void geglu(const float* x, float* y, std::int64_t rows, std::int64_t channels)
{
    HWY_DYNAMIC_DISPATCH(gegluTarget)(x, y, rows, channels);
}

} // namespace pentimento
#endif
