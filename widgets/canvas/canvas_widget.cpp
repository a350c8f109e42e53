// SPDX-License-Identifier: Apache-2.0
#include "widgets/canvas/canvas_widget.h"

#include "widgets/document/image_document.h"
#include "widgets/tools/tool_options.h"

#include <QElapsedTimer>
#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {
constexpr int reduceRows = 128;
constexpr int longestReduction = 8; // milliseconds
} // namespace

CanvasWidget::CanvasWidget(ImageDocument& document, ToolOptions& tools, QWidget* parent)
    : QAbstractScrollArea(parent), m_document(document), m_tools(tools)
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Canvas"));
    setAccessibleDescription(tr("The picture and its mask"));
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    viewport()->setMouseTracking(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    m_scene.background = QColor(24, 25, 28);
    m_scene.accent = QColor(96, 140, 240);

    connect(&m_document, &ImageDocument::pictureReplaced, this, &CanvasWidget::adoptPicture);
    m_reduceTimer.setInterval(0);
    connect(&m_reduceTimer, &QTimer::timeout, this, &CanvasWidget::reduceSome);
    connect(&m_document, &ImageDocument::pictureChanging, this, [this] { m_scene.picture = {}; });
    connect(&m_document, &ImageDocument::pictureChanged, this, &CanvasWidget::showChange);
    connect(&m_document, &ImageDocument::maskChanged, this, [this](const QRect& rect) {
        setMaskLook(MaskLook::Full); // whoever changes it wants to see it
        updatePicture(rect, Marks);
    });
    connect(&m_tools, &ToolOptions::overlayChanged, this, &CanvasWidget::updateScene);
    connect(&m_tools, &ToolOptions::changed, this, [this] {
        updateCursorShape();
        viewport()->update();
    });
    updateScene();
}

CanvasWidget::~CanvasWidget() = default;

void CanvasWidget::adoptPicture()
{
    m_stroke.reset();
    m_drag = Drag::None;
    m_penDown = false;
    m_scene.picture = m_document.picture();
    m_scene.pyramid = m_readyPyramid ? std::move(*m_readyPyramid) : PicturePyramid(m_scene.picture);
    m_readyPyramid.reset();
    m_toReduce.clear();
    m_scene.control = m_scene.overlay = m_hiddenOverlay = {};
    m_scene.rim = {};
    m_transform.setPicture(m_scene.picture.size());
    updateCursorShape();
    fitPicture();
}

void CanvasWidget::showChange(const QRect& rect)
{
    m_scene.picture = m_document.picture();
    if (m_readyPyramid) {
        m_scene.pyramid = std::move(*m_readyPyramid);
        m_readyPyramid.reset();
        m_toReduce.clear();
    } else {
        for (int y = rect.top(); y <= rect.bottom(); y += reduceRows)
            m_toReduce += QRect(rect.left(), y, rect.width(), std::min(reduceRows, rect.bottom() + 1 - y));
        reduceSome();
    }
    updatePicture(rect, Ground);
}

// A large change is reduced in parts, so that nobody waits for it; the canvas follows part by part.
void CanvasWidget::reduceSome()
{
    QElapsedTimer spent;
    spent.start();
    while (!m_toReduce.isEmpty() && spent.elapsed() < longestReduction) {
        const QRect part = m_toReduce.takeFirst();
        m_scene.pyramid.update(m_scene.picture, part);
        updatePicture(part, Ground);
    }
    m_toReduce.isEmpty() ? m_reduceTimer.stop() : m_reduceTimer.start();
}

void CanvasWidget::updateScene()
{
    m_scene.mask = m_tools.maskVisible() && m_maskLook != MaskLook::Hidden ? &m_document.mask() : nullptr;
    m_scene.maskColor = m_tools.overlayColor();
    m_scene.maskOpacity = m_maskLook == MaskLook::Full ? m_tools.overlayOpacity() : 0;
    updateAll(Marks);
}

void CanvasWidget::setSurface(const QColor& background, const QColor& accent)
{
    m_scene.background = background;
    m_scene.accent = accent;
    updateAll(Ground | Marks);
}

void CanvasWidget::setMaskLook(MaskLook look)
{
    if (look == m_maskLook)
        return;
    m_maskLook = look;
    updateScene();
}

void CanvasWidget::setOverlay(PatchOverlay overlay)
{
    const QRect changed = m_scene.overlay.rect | overlay.rect;
    m_hiddenOverlay = {};
    m_scene.overlay = std::move(overlay);
    updatePicture(changed, Nothing);
}

void CanvasWidget::setOverlayVisible(bool visible)
{
    if (visible == m_hiddenOverlay.isEmpty())
        return;
    std::swap(m_hiddenOverlay, m_scene.overlay);
    updatePicture(m_hiddenOverlay.rect | m_scene.overlay.rect, Nothing);
}

void CanvasWidget::setControl(PatchOverlay control)
{
    const QRect changed = m_scene.control.rect | control.rect;
    m_scene.control = std::move(control);
    updatePicture(changed, Ground);
}

void CanvasWidget::setRim(RimOutline rim)
{
    const QRect changed = QRect(m_scene.rim.corner, m_scene.rim.alpha.size()) | QRect(rim.corner, rim.alpha.size());
    m_scene.rim = std::move(rim);
    updatePicture(changed, Marks);
}

void CanvasWidget::fitPicture()
{
    m_fitted = true;
    m_transform.fit(m_fitMargins);
    transformChanged();
}

void CanvasWidget::setFitMargins(const QMargins& margins)
{
    if (margins == m_fitMargins)
        return;
    m_fitMargins = margins;
    if (m_fitted && m_document.isOpen())
        fitPicture();
}

void CanvasWidget::setZoom(double scale)
{
    m_fitted = false;
    const QPointF centre(viewport()->width() / 2.0, viewport()->height() / 2.0);
    m_transform.setScale(scale, QRectF(viewport()->rect()).contains(m_cursor) ? m_cursor : centre);
    transformChanged();
}

void CanvasWidget::zoomStep(int direction)
{
    setZoom(m_transform.scale() * std::pow(1.25, direction));
}

void CanvasWidget::transformChanged()
{
    syncScrollBars();
    updateAll(Ground | Marks);
    Q_EMIT zoomChanged(m_transform.scale());
}

void CanvasWidget::syncScrollBars()
{
    m_syncing = true;
    const double ratio = m_transform.devicePixelRatio();
    const auto sync = [ratio](QScrollBar* bar, double origin, double shown, double view) {
        // The bars cover the picture and as much of the empty surface as is in view now.
        const double position = -origin / ratio;
        const double low = std::min(0.0, position), high = std::max(shown / ratio - view, position);
        bar->setPageStep(int(view));
        bar->setSingleStep(40);
        const bool fits = shown / ratio <= view;
        bar->setRange(fits ? 0 : int(std::floor(low)), fits ? 0 : int(std::ceil(high)));
        bar->setValue(fits ? 0 : int(std::lround(position)));
    };
    sync(horizontalScrollBar(), m_transform.origin().x(), m_transform.picture().width() * m_transform.scale(),
         viewport()->width());
    sync(verticalScrollBar(), m_transform.origin().y(), m_transform.picture().height() * m_transform.scale(),
         viewport()->height());
    m_syncing = false;
}

void CanvasWidget::scrollContentsBy(int dx, int dy)
{
    if (m_syncing)
        return;
    m_fitted = false;
    m_transform.pan(QPointF(dx, dy));
    updateAll(Ground | Marks);
}

void CanvasWidget::updatePicture(const QRect& pictureRect, int stale)
{
    if (pictureRect.isEmpty())
        return;
    // Two more on each side: smooth scaling and the outline look at neighbours.
    const QRect device = m_transform.toDevice(QRectF(pictureRect)).toAlignedRect().adjusted(-2, -2, 2, 2);
    if (stale & Ground)
        m_ground.forget(device);
    if (stale & Marks)
        m_marks.forget(device);
    viewport()->update(m_transform.toWidget(QRectF(pictureRect)).toAlignedRect().adjusted(-2, -2, 2, 2));
}

void CanvasWidget::updateAll(int stale)
{
    if (stale & Ground)
        m_ground.forget();
    if (stale & Marks)
        m_marks.forget();
    viewport()->update();
}

void CanvasWidget::paintEvent(QPaintEvent* event)
{
    QPainter painter(viewport());
    const double ratio = devicePixelRatioF();
    painter.scale(1 / ratio, 1 / ratio);
    const QSize whole(int(std::ceil(viewport()->width() * ratio)), int(std::ceil(viewport()->height() * ratio)));
    m_ground.setSize(whole);
    m_marks.setSize(whole);
    for (const QRect& part : event->region()) {
        const QRect device =
            QRectF(part.x() * ratio, part.y() * ratio, part.width() * ratio, part.height() * ratio).toAlignedRect();
        painter.save();
        painter.setClipRect(device);
        m_ground.draw(painter, device, [this](QPainter& on, const QRect& rect) { paintGround(on, m_scene, m_transform, rect); });
        paintOverlay(painter, m_scene, m_transform, device);
        m_marks.draw(painter, device, [this](QPainter& on, const QRect& rect) { paintMarks(on, m_scene, m_transform, rect); });
        painter.restore();
    }
    if (!m_document.isOpen() || m_tools.tool() == Tool::Pan || m_spaceHeld || m_drag == Drag::Pan)
        return;
    // Dark and light ring: visible on everything.
    const double radius = m_tools.size() / 2 * m_transform.scale();
    const QPointF centre = (m_drag == Drag::Resize ? m_dragStart : m_cursor) * ratio;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(0, 0, 0, 140), 3 * ratio));
    painter.drawEllipse(centre, radius, radius);
    painter.setPen(QPen(QColor(255, 255, 255, 230), 1.4 * ratio));
    painter.drawEllipse(centre, radius, radius);
    if (m_drag == Drag::Resize && m_tools.hardness() > 0) {
        painter.setPen(QPen(QColor(255, 255, 255, 150), ratio, Qt::DotLine));
        painter.drawEllipse(centre, radius * m_tools.hardness(), radius * m_tools.hardness());
    }
}

void CanvasWidget::resizeEvent(QResizeEvent*)
{
    m_transform.setViewport(viewport()->size(), devicePixelRatioF());
    if (m_fitted)
        m_transform.fit(m_fitMargins);
    transformChanged();
}

} // namespace pentimento
