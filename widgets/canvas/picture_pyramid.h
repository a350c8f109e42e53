// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>

#include <vector>

namespace pentimento {

/// A picture at half, quarter, eighth ... size for fast and smooth drawing when zoomed out. Level 0 is the picture
/// itself and not stored. A value: built on any thread, then handed over.
class PicturePyramid {
public:
    PicturePyramid() = default;
    explicit PicturePyramid(const QImage& picture);

    int levels() const { return static_cast<int>(m_levels.size()); }
    /// 1: half size. Format_RGB32 or Format_ARGB32_Premultiplied.
    const QImage& level(int number) const { return m_levels[static_cast<std::size_t>(number - 1)]; }
    /// The smallest level that still has at least one pixel per device pixel at `scale`; 0 is the picture itself.
    int levelFor(double scale) const;
    /// Brings all levels up to date after `rect` of the picture changed.
    void update(const QImage& picture, const QRect& rect);

private:
    std::vector<QImage> m_levels;
};

} // namespace pentimento
