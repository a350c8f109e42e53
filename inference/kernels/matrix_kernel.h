// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// Packs b, given as element(k, n) = source[k * depthStride + n * columnStride], into panels of panelWidth columns,
/// each depth x panelWidth, the last one padded with zeros. Panels [firstPanel, lastPanel) only; different ranges may run
/// on different threads.
void packMatrix(const float* source, std::int64_t depth, std::int64_t columns, std::int64_t depthStride,
                std::int64_t columnStride, float* packed, std::int64_t firstPanel, std::int64_t lastPanel);

enum class MatrixStart { Zero, Bias, Accumulate };

/// c (rows x columns) = a (rows x depth) b (+ bias per column, or + c). b packed; strides in floats; single-threaded.
/// The layout follows BLIS (Van Zee, van de Geijn 2015): register tiles over packed panels, blocked in depth.
void multiplyPacked(const float* a, std::int64_t aStride, const float* b, float* c, std::int64_t cStride, std::int64_t rows,
                    std::int64_t depth, std::int64_t columns, const float* bias, MatrixStart start);

/// Panels [firstPanel, lastPanel) only; `c`, `bias` and `columns` still describe the whole matrix.
void multiplyPackedPanels(const float* a, std::int64_t aStride, const float* b, float* c, std::int64_t cStride, std::int64_t rows,
                          std::int64_t depth, std::int64_t columns, const float* bias, MatrixStart start, std::int64_t firstPanel,
                          std::int64_t lastPanel);

} // namespace pentimento
