// SPDX-License-Identifier: Apache-2.0
// The canvas' mouse, pen, wheel and key events; its drawing is in canvas_widget.cpp.
#include "widgets/canvas/canvas_widget.h"

#include "widgets/document/image_document.h"
#include "widgets/tools/tool_options.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QTabletEvent>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace pentimento {

bool CanvasWidget::viewportEvent(QEvent* event)
{
    switch (event->type()) {
    case QEvent::TabletPress:
    case QEvent::TabletMove:
    case QEvent::TabletRelease: return penEvent(static_cast<QTabletEvent*>(event));
    case QEvent::Leave: moveCursor({-1e6, -1e6}); break;
    default: break;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void CanvasWidget::wheelEvent(QWheelEvent* event)
{
    event->accept();
    if (!m_document.isOpen() || event->angleDelta().y() == 0)
        return;
    m_fitted = false;
    m_transform.zoomBy(std::pow(1.25, event->angleDelta().y() / 120.0), event->position());
    transformChanged();
}

void CanvasWidget::mousePressEvent(QMouseEvent* event)
{
    if (!m_document.isOpen() || m_drag != Drag::None || m_penDown)
        return;
    const QPointF at = event->position();
    const bool left = event->button() == Qt::LeftButton;
    // Window managers take Alt and a button; Shift and the left one does the same.
    const bool resize = (event->button() == Qt::RightButton && event->modifiers().testFlag(Qt::AltModifier)) ||
                        (left && event->modifiers().testFlag(Qt::ShiftModifier));
    if (event->button() == Qt::MiddleButton || (left && (m_spaceHeld || m_tools.tool() == Tool::Pan)))
        beginPan(at);
    else if (resize)
        beginResize(at);
    else if (left)
        beginStroke(at, 1, m_tools.tool() == Tool::Eraser);
}

void CanvasWidget::mouseMoveEvent(QMouseEvent* event)
{
    if (m_penDown)
        return;
    const QPointF at = event->position();
    switch (m_drag) {
    case Drag::Paint: continueStroke(at, 1); break;
    case Drag::Pan:
        m_fitted = false;
        m_transform.pan(at - m_dragStart);
        m_dragStart = at;
        transformChanged();
        break;
    case Drag::Resize: resizeBrush(at); break;
    case Drag::None: break;
    }
    moveCursor(at);
}

void CanvasWidget::mouseReleaseEvent(QMouseEvent*)
{
    if (m_penDown)
        return;
    if (m_drag == Drag::Paint)
        endStroke();
    m_drag = Drag::None;
    updateCursorShape();
    viewport()->update(cursorRect());
}

bool CanvasWidget::penEvent(QTabletEvent* event)
{
    const QPointF at = event->position();
    const bool paints = m_tools.tool() != Tool::Pan && !m_spaceHeld && event->modifiers() == Qt::NoModifier;
    const bool free = m_document.isOpen() && m_drag == Drag::None; // not amid a stroke of the mouse
    if (event->type() == QEvent::TabletPress && event->button() == Qt::LeftButton && paints && free) {
        m_penDown = true;
        setFocus(Qt::MouseFocusReason);
        const bool turned = event->pointerType() == QPointingDevice::PointerType::Eraser; // the pen's other end
        beginStroke(at, event->pressure(), turned || m_tools.tool() == Tool::Eraser);
    } else if (event->type() == QEvent::TabletMove && m_penDown) {
        continueStroke(at, event->pressure());
        moveCursor(at);
    } else if (event->type() == QEvent::TabletRelease && m_penDown) {
        endStroke();
        m_drag = Drag::None;
        m_penDown = false;
    } else {
        event->ignore(); // becomes a mouse event
        return false;
    }
    event->accept();
    return true;
}

void CanvasWidget::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Space) {
        if (!event->isAutoRepeat())
            setSpaceHeld(true);
        return;
    }
    QAbstractScrollArea::keyPressEvent(event);
}

void CanvasWidget::keyReleaseEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Space) {
        if (!event->isAutoRepeat())
            setSpaceHeld(false);
        return;
    }
    QAbstractScrollArea::keyReleaseEvent(event);
}

void CanvasWidget::focusOutEvent(QFocusEvent* event)
{
    setSpaceHeld(false);
    QAbstractScrollArea::focusOutEvent(event);
}

void CanvasWidget::setSpaceHeld(bool held)
{
    m_spaceHeld = held;
    updateCursorShape();
    viewport()->update(cursorRect());
}

void CanvasWidget::beginStroke(QPointF position, double pressure, bool erase)
{
    m_drag = Drag::Paint;
    m_erasing = erase;
    if (!m_tools.maskVisible())
        m_tools.setMaskVisible(true); // painting what cannot be seen helps nobody
    BrushSettings brush = m_tools.brush();
    brush.erase = erase;
    m_stroke = std::make_unique<BrushStroke>(m_document.beginMaskChange(), brush);
    m_document.reportMaskChange(m_stroke->begin(m_transform.toPicture(position), pressure));
}

void CanvasWidget::continueStroke(QPointF position, double pressure)
{
    if (m_stroke && m_document.maskChangeOpen())
        m_document.reportMaskChange(m_stroke->moveTo(m_transform.toPicture(position), pressure));
}

void CanvasWidget::endStroke()
{
    m_stroke.reset();
    m_document.endMaskChange(m_erasing ? tr("Erase mask") : tr("Paint mask"));
    Q_EMIT strokeFinished();
}

void CanvasWidget::beginPan(QPointF position)
{
    m_drag = Drag::Pan;
    m_dragStart = position;
    updateCursorShape();
}

void CanvasWidget::beginResize(QPointF position)
{
    m_drag = Drag::Resize;
    m_dragStart = position;
    m_startSize = m_tools.size();
    m_startHardness = m_tools.hardness();
}

// Sideways is the size, so that the ring's edge follows the pointer; up is harder.
void CanvasWidget::resizeBrush(QPointF position)
{
    const QPointF way = position - m_dragStart;
    m_tools.setSize(m_startSize + 2 * way.x() * m_transform.devicePixelRatio() / m_transform.scale());
    m_tools.setHardness(m_startHardness - way.y() / 200);
}

QRect CanvasWidget::cursorRect() const
{
    const double radius = m_tools.size() / 2 * m_transform.scale() / m_transform.devicePixelRatio() + 3;
    const QPointF centre = m_drag == Drag::Resize ? m_dragStart : m_cursor;
    return QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius).toAlignedRect();
}

void CanvasWidget::moveCursor(QPointF position)
{
    const QRect old = cursorRect();
    m_cursor = position;
    viewport()->update(old);
    viewport()->update(cursorRect());
}

void CanvasWidget::updateCursorShape()
{
    Qt::CursorShape shape = Qt::ArrowCursor;
    if (m_document.isOpen()) {
        if (m_drag == Drag::Pan)
            shape = Qt::ClosedHandCursor;
        else if (m_spaceHeld || m_tools.tool() == Tool::Pan)
            shape = Qt::OpenHandCursor;
        else
            shape = Qt::CrossCursor;
    }
    viewport()->setCursor(shape);
}

} // namespace pentimento
