// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/kernels/matrix_kernel.h"

#include <cstdint>

namespace pentimento {

/// 3 x 3 convolution, stride 1, padding 1, by Winograd's F(4 x 4, 3 x 3) (Lavin, Gray 2016): 2.25 multiplications per
/// output and input channel instead of 9. float32, maps as (batch, height, width, channels); channel counts are
/// multiples of panelWidth.
struct WinogradShape {
    std::int64_t batch = 1, height = 0, width = 0, in = 0, out = 0;
    std::int64_t tilesDown() const { return (height + 3) / 4; }
    std::int64_t tilesAcross() const { return (width + 3) / 4; }
    std::int64_t tiles() const { return batch * tilesDown() * tilesAcross(); }
};

inline constexpr std::int64_t winogradPoints = 36;

/// Floats of the transformed, packed weights.
std::int64_t winogradWeightSize(std::int64_t in, std::int64_t out);

/// Transforms the packed weights of a convolution (packWeights with 9 taps) into 36 packed float32 (in x out) matrices: their
/// panels [firstPanel, lastPanel) only, so that different ranges may run on different threads.
void transformWinogradWeights(PackedMatrix weights, std::int64_t in, std::int64_t out, float* transformed,
                              std::int64_t firstPanel, std::int64_t lastPanel);

/// Tiles [first, last) of the output; different ranges may run on different threads. `scratch` holds
/// winogradScratchSize(shape, last - first) floats.
std::int64_t winogradScratchSize(const WinogradShape& shape, std::int64_t tiles);
void winogradTiles(const WinogradShape& shape, const float* input, const float* transformed, const float* bias, float* output,
                   std::int64_t first, std::int64_t last, float* scratch);

} // namespace pentimento
