// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/tools/brush.h"

#include <QColor>
#include <QObject>

namespace pentimento {

enum class Tool { Brush, Eraser, Pan };

/// What the tool strip, the mask panel, the keys and the canvas share: the tool in hand and how the mask is shown.
class ToolOptions : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    Tool tool() const { return m_tool; }
    BrushSettings brush() const; ///< of the tool in hand
    double size() const { return m_brush.size; }
    double hardness() const { return m_brush.hardness; }
    double opacity() const { return m_brush.opacity; }
    bool maskVisible() const { return m_maskVisible; }
    QColor overlayColor() const { return m_overlayColor; }
    double overlayOpacity() const { return m_overlayOpacity; } ///< 0..1

    void setTool(Tool tool);
    void swapBrushAndEraser();
    void setSize(double size);
    void setHardness(double hardness);
    void setOpacity(double opacity);
    void setMaskVisible(bool visible);
    void setOverlay(const QColor& color, double opacity);

Q_SIGNALS:
    void changed();        ///< tool, size, hardness or opacity
    void overlayChanged(); ///< visibility, colour or opacity of the mask on the canvas

private:
    Tool m_tool = Tool::Brush;
    BrushSettings m_brush;
    bool m_maskVisible = true;
    QColor m_overlayColor = QColor(226, 64, 72);
    double m_overlayOpacity = 0.5;
};

} // namespace pentimento
