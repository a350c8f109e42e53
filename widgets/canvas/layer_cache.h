// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QPainter>
#include <QRegion>

namespace pentimento {

/// A layer of the canvas as it was last drawn, one pixel per device pixel of the viewport: a repaint is then a copy,
/// and only what was marked as changed is drawn anew.
class LayerCache {
public:
    explicit LayerCache(QImage::Format format) : m_format(format) {}

    void setSize(QSize devicePixels) ///< another size forgets everything
    {
        if (devicePixels == m_image.size())
            return;
        m_image = QImage(devicePixels, m_format);
        m_valid = {};
    }
    void forget() { m_valid = {}; }
    void forget(const QRect& deviceRect) { m_valid -= deviceRect; }

    /// Copies `deviceRect` of the layer to `painter`. `render(painter, rect)` draws what is not there; the layer is
    /// transparent (or black, without alpha) below it, and its painter clips to `rect`.
    template <typename Render> void draw(QPainter& painter, const QRect& deviceRect, Render render)
    {
        const QRect rect = deviceRect.intersected(m_image.rect());
        if (rect.isEmpty())
            return;
        for (const QRect& part : QRegion(rect) - m_valid) {
            QPainter on(&m_image);
            on.setClipRect(part);
            on.setCompositionMode(QPainter::CompositionMode_Source);
            on.fillRect(part, Qt::transparent);
            on.setCompositionMode(QPainter::CompositionMode_SourceOver);
            render(on, part);
        }
        m_valid += rect;
        painter.drawImage(rect.topLeft(), m_image, rect);
    }

private:
    QImage::Format m_format;
    QImage m_image;
    QRegion m_valid;
};

} // namespace pentimento
