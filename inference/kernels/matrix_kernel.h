// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace pentimento {

/// Columns of a packed panel.
inline constexpr std::int64_t panelWidth = 16;

inline std::int64_t panelCount(std::int64_t columns)
{
    return (columns + panelWidth - 1) / panelWidth;
}

/// Floats of a packed (depth x columns) matrix.
inline std::int64_t packedSize(std::int64_t depth, std::int64_t columns)
{
    return panelCount(columns) * panelWidth * depth;
}

/// How the numbers of a packed matrix are stored. The narrow ones are widened, exactly, as they are used.
enum class WeightFormat { Float32, Float16, BFloat16 };

/// Panels of panelWidth columns, each depth x panelWidth, the last one padded with zeros.
struct PackedMatrix {
    const void* data = nullptr; ///< packedSize(depth, columns) numbers
    WeightFormat format = WeightFormat::Float32;
};

inline constexpr std::size_t formatSize(WeightFormat format)
{
    return format == WeightFormat::Float32 ? 4 : 2;
}

/// Packs weights (columns, in, taps), contiguous, into a matrix of depth taps * in in the order of a convolution's patches
/// (taps outside), in their own format. Panels [firstPanel, lastPanel) only; different ranges may run on different threads.
void packWeights(const void* weights, WeightFormat format, std::int64_t columns, std::int64_t in, std::int64_t taps, void* packed,
                 std::int64_t firstPanel, std::int64_t lastPanel);

enum class MatrixStart { Zero, Bias, Accumulate };

/// c (rows x columns) = a (rows x depth) b (+ bias per column, or + c). b packed; strides in floats; single-threaded.
/// The layout follows BLIS (Van Zee, van de Geijn 2015): register tiles over packed panels, blocked in depth.
void multiplyPacked(const float* a, std::int64_t aStride, PackedMatrix b, float* c, std::int64_t cStride, std::int64_t rows,
                    std::int64_t depth, std::int64_t columns, const float* bias, MatrixStart start);

/// Panels [firstPanel, lastPanel) only; `c`, `bias` and `columns` still describe the whole matrix.
void multiplyPackedPanels(const float* a, std::int64_t aStride, PackedMatrix b, float* c, std::int64_t cStride, std::int64_t rows,
                          std::int64_t depth, std::int64_t columns, const float* bias, MatrixStart start, std::int64_t firstPanel,
                          std::int64_t lastPanel);

} // namespace pentimento
