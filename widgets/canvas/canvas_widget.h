// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/canvas/canvas_scene.h"
#include "widgets/canvas/canvas_transform.h"
#include "widgets/canvas/layer_cache.h"

#include <QAbstractScrollArea>
#include <QMargins>
#include <QTimer>

#include <memory>
#include <optional>

namespace pentimento {

class BrushStroke;
class ImageDocument;
class ToolOptions;

/// Shows the document and lets a person paint its mask. Draws only what changed; what is not in the document (previews,
/// candidates, rim) lies over it. Never waits for anything.
class CanvasWidget : public QAbstractScrollArea {
    Q_OBJECT
public:
    CanvasWidget(ImageDocument& document, ToolOptions& tools, QWidget* parent = nullptr);
    ~CanvasWidget() override;

    const CanvasTransform& transform() const { return m_transform; }
    double zoom() const { return m_transform.scale(); }
    void fitPicture(); ///< and keeps it fitted while the window changes its size
    void setZoom(double scale);
    void zoomStep(int direction);
    void setFitMargins(const QMargins& margins);

    /// Reduced sizes of the picture that comes next, made by whoever read or edited it; without them they are made here.
    void setPyramid(PicturePyramid pyramid) { m_readyPyramid = std::move(pyramid); }
    /// How the mask is drawn: in full, as an outline around what is being made, or not, so that a result is seen as it
    /// will be. A change of the mask shows it in full again.
    enum class MaskLook { Full, Outline, Hidden };
    void setMaskLook(MaskLook look);
    void setOverlay(PatchOverlay overlay);
    const PatchOverlay& overlay() const { return m_scene.overlay; }
    void setOverlayVisible(bool visible);
    /// What a ControlNet looks at, over the picture and below everything else; empty: nothing. Another picture takes it away.
    void setControl(PatchOverlay control);
    const PatchOverlay& control() const { return m_scene.control; }
    void setRim(RimOutline rim);
    void setSurface(const QColor& background, const QColor& accent);

Q_SIGNALS:
    void zoomChanged(double scale);
    void strokeFinished();

protected:
    bool viewportEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    enum class Drag { None, Paint, Pan, Resize };
    bool penEvent(QTabletEvent* event);
    void beginStroke(QPointF position, double pressure, bool erase);
    void continueStroke(QPointF position, double pressure);
    void endStroke();
    void beginPan(QPointF position);
    void beginResize(QPointF position);
    void resizeBrush(QPointF position);
    void moveCursor(QPointF position);
    void setSpaceHeld(bool held);
    QRect cursorRect() const;
    void updateCursorShape();
    enum Layers { Nothing = 0, Ground = 1, Marks = 2 }; ///< what has to be drawn anew, not just shown
    void updatePicture(const QRect& pictureRect, int stale);
    void updateAll(int stale);
    void transformChanged();
    void syncScrollBars();
    void adoptPicture();
    void showChange(const QRect& rect);
    void reduceSome();
    void updateScene();

    ImageDocument& m_document;
    ToolOptions& m_tools;
    CanvasTransform m_transform;
    CanvasScene m_scene;
    LayerCache m_ground{QImage::Format_RGB32};
    LayerCache m_marks{QImage::Format_ARGB32_Premultiplied};
    std::optional<PicturePyramid> m_readyPyramid;
    QList<QRect> m_toReduce; ///< parts of the picture that the pyramid does not know yet
    QTimer m_reduceTimer;
    PatchOverlay m_hiddenOverlay; ///< what setOverlayVisible(false) took away
    QMargins m_fitMargins{24, 24, 24, 96};
    MaskLook m_maskLook = MaskLook::Full;
    bool m_fitted = true;
    bool m_syncing = false;
    Drag m_drag = Drag::None;
    bool m_spaceHeld = false;
    bool m_penDown = false; ///< mouse events that the system makes from the pen are then ignored
    QPointF m_cursor{-1e6, -1e6};
    QPointF m_dragStart;
    double m_startSize = 0;
    double m_startHardness = 0;
    std::unique_ptr<BrushStroke> m_stroke;
    bool m_erasing = false; ///< what m_stroke does
};

} // namespace pentimento
