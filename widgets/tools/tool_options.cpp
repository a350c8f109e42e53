// SPDX-License-Identifier: Apache-2.0
#include "widgets/tools/tool_options.h"

#include <algorithm>

namespace pentimento {

BrushSettings ToolOptions::brush() const
{
    BrushSettings settings = m_brush;
    settings.erase = m_tool == Tool::Eraser;
    return settings;
}

void ToolOptions::setTool(Tool tool)
{
    if (tool == m_tool)
        return;
    m_tool = tool;
    Q_EMIT changed();
}

void ToolOptions::swapBrushAndEraser()
{
    setTool(m_tool == Tool::Brush ? Tool::Eraser : Tool::Brush);
}

void ToolOptions::setSize(double size)
{
    m_brush.size = std::clamp(size, minBrushSize, maxBrushSize);
    Q_EMIT changed();
}

void ToolOptions::setHardness(double hardness)
{
    m_brush.hardness = std::clamp(hardness, 0.0, 1.0);
    Q_EMIT changed();
}

void ToolOptions::setOpacity(double opacity)
{
    m_brush.opacity = std::clamp(opacity, 0.01, 1.0);
    Q_EMIT changed();
}

void ToolOptions::setMaskVisible(bool visible)
{
    m_maskVisible = visible;
    Q_EMIT overlayChanged();
}

void ToolOptions::setOverlay(const QColor& color, double opacity)
{
    m_overlayColor = color;
    m_overlayOpacity = std::clamp(opacity, 0.05, 1.0);
    Q_EMIT overlayChanged();
}

} // namespace pentimento
