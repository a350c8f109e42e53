// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace pentimento {

/// Sums and sums of squares per channel of `rows` rows of `channels` floats, added to `sums` (2 x channels).
void addMoments(const float* x, std::int64_t rows, std::int64_t channels, double* sums);

/// y = x * scale + shift per channel, then SiLU if wanted. In place is fine.
void scaleShift(const float* x, const float* scale, const float* shift, float* y, std::int64_t rows, std::int64_t channels,
                bool silu);

/// GEGLU: y (rows x channels) = first half of x (rows x 2 channels) times GELU of the second. GELU's erf by Abramowitz
/// and Stegun 7.1.26, absolute error below 2e-7.
void geglu(const float* x, float* y, std::int64_t rows, std::int64_t channels);

} // namespace pentimento
