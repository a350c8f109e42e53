// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/document/mask_tiles.h"

#include <QPointF>

namespace pentimento {

inline constexpr double minBrushSize = 1;
inline constexpr double maxBrushSize = 2000;

struct BrushSettings {
    double size = 64;      ///< diameter, picture pixels, 1..2000
    double hardness = 0.8; ///< share of the radius that is fully covered, 0..1
    double opacity = 1;    ///< 0..1, reached at most once per stroke however often it crosses itself
    bool erase = false;
};

/// The next size or hardness for [ and ] (about 10 %, at least one pixel) and for Shift+[ and Shift+].
double steppedBrushSize(double size, int direction);
double steppedHardness(double hardness, int direction);

/// Coverage 0..1 of a round brush at `distance` from its centre, one pixel of anti-aliasing included.
double brushCoverage(double distance, double radius, double hardness);

/// One stroke from press to release, painted straight into the mask's tiles. Positions are picture pixels (the centre
/// of pixel 0 is 0.5); the way between two of them is swept without gaps, with the radius going over as well.
class BrushStroke {
public:
    BrushStroke(MaskTiles& mask, const BrushSettings& settings);

    /// Both return the picture pixels that changed. `pressure` 0..1 scales the size.
    QRect begin(QPointF point, double pressure = 1);
    QRect moveTo(QPointF point, double pressure = 1);

private:
    QRect sweep(QPointF from, double fromRadius, QPointF to, double toRadius);

    MaskTiles& m_mask;
    MaskTiles m_before;   ///< the mask when the stroke began
    MaskTiles m_coverage; ///< the most that the stroke has covered each pixel
    BrushSettings m_settings;
    QPointF m_last;
    double m_lastRadius = 0;
};

} // namespace pentimento
