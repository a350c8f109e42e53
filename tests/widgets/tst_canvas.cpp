// SPDX-License-Identifier: Apache-2.0
#include "widgets/canvas/canvas_widget.h"
#include "widgets/canvas/mask_overlay.h"
#include "widgets/canvas/picture_pyramid.h"
#include "widgets/document/image_document.h"
#include "widgets/tools/brush.h"
#include "widgets/tools/tool_options.h"

#include <QPointingDevice>
#include <QTabletEvent>
#include <QTest>
#include <QWheelEvent>

#include <cmath>

using namespace pentimento;

namespace {

QImage gradient(QSize size)
{
    QImage image(size, QImage::Format_RGB888);
    for (int y = 0; y < size.height(); ++y) {
        for (int x = 0; x < size.width(); ++x)
            image.setPixel(x, y, qRgb(x * 255 / size.width(), y * 255 / size.height(), 90));
    }
    return image;
}

struct Fixture {
    ImageDocument document;
    ToolOptions tools;
    CanvasWidget canvas{document, tools};
    explicit Fixture(QSize picture, QSize widget = {800, 600})
    {
        canvas.resize(widget);
        canvas.show();
        PictureData data;
        data.image = gradient(picture);
        document.setPicture(std::move(data));
        QTest::qWait(20);
    }
    QPoint at(QPointF picture) const { return canvas.transform().toWidget(picture).toPoint(); }
    /// Whether the canvas took it.
    bool pen(QEvent::Type type, QPointF picture, Qt::MouseButtons held, double pressure,
             QPointingDevice::PointerType end = QPointingDevice::PointerType::Pen)
    {
        const QPointingDevice stylus(QStringLiteral("pen"), 7, QInputDevice::DeviceType::Stylus, end,
                                     QInputDevice::Capability::Position | QInputDevice::Capability::Pressure, 1, 1);
        const QPointF at = canvas.transform().toWidget(picture);
        QTabletEvent event(type, &stylus, at, canvas.viewport()->mapToGlobal(at), pressure, 0, 0, 0, 0, 0, {},
                           type == QEvent::TabletMove ? Qt::NoButton : Qt::LeftButton, held);
        QCoreApplication::sendEvent(canvas.viewport(), &event);
        return event.isAccepted();
    }
};

} // namespace

class CanvasTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void transformAnchors_data()
    {
        QTest::addColumn<double>("ratio");
        QTest::newRow("1x") << 1.0;
        QTest::newRow("1.5x") << 1.5;
        QTest::newRow("2x") << 2.0;
    }
    void transformAnchors()
    {
        QFETCH(double, ratio);
        CanvasTransform t;
        t.setPicture({4000, 3000});
        t.setViewport({1000, 700}, ratio);
        t.fit({});
        QVERIFY(std::abs(t.scale() - std::min(1000 * ratio / 4000, 700 * ratio / 3000)) < 1e-9);

        // 100 %: one picture pixel is one device pixel, on whole device pixels.
        t.setScale(1, {500, 350});
        QCOMPARE(t.toDevice(QPointF(11, 7)) - t.toDevice(QPointF(10, 7)), QPointF(1, 0));
        QCOMPARE(t.origin(), QPointF(std::round(t.origin().x()), std::round(t.origin().y())));
        QCOMPARE(t.toWidget(QPointF(100, 0)).x() - t.toWidget(QPointF(0, 0)).x(), 100 / ratio);

        // What is under the pointer stays there, up to the rounding of one device pixel.
        const QPointF pointer(620, 240);
        for (const double factor : {1.25, 1.25, 3.0, 0.5, 0.8}) {
            const QPointF before = t.toPicture(pointer);
            t.zoomBy(factor, pointer);
            const QPointF moved = (t.toPicture(pointer) - before) * t.scale();
            QVERIFY(std::abs(moved.x()) <= 0.51 && std::abs(moved.y()) <= 0.51);
        }
        const QPointF there(123.25, 77.5);
        QVERIFY((t.toPicture(t.toWidget(there)) - there).manhattanLength() < 1e-9);
    }

    void transformKeepsSomePictureInView()
    {
        CanvasTransform t;
        t.setPicture({1000, 800});
        t.setViewport({500, 400}, 1);
        t.setScale(1, {0, 0});
        t.pan({1e7, -1e7});
        QVERIFY(!t.visiblePicture().isEmpty());
        t.setScale(1e9, {250, 200});
        QCOMPARE(t.scale(), CanvasTransform::maxScale);
        t.setScale(1e-9, {250, 200});
        QCOMPARE(t.scale(), t.minScale());
        t.fit(QMarginsF(10, 10, 10, 50));
        QVERIFY(t.scale() <= 1);
    }

    void smallPicturesAreNotEnlargedToFit()
    {
        CanvasTransform t;
        t.setPicture({50, 40});
        t.setViewport({500, 400}, 2);
        t.fit({});
        QCOMPARE(t.scale(), 1.0);
    }

    void pyramidLevelsAndUpdates()
    {
        QImage picture = gradient({2101, 1201});
        PicturePyramid pyramid(picture);
        QCOMPARE(pyramid.levels(), 3);
        QCOMPARE(pyramid.level(1).size(), QSize(1051, 601));
        QCOMPARE(pyramid.levelFor(1), 0);
        QCOMPARE(pyramid.levelFor(0.51), 0);
        QCOMPARE(pyramid.levelFor(0.5), 1);
        QCOMPARE(pyramid.levelFor(0.2), 2);
        QCOMPARE(pyramid.levelFor(0.001), 3);
        const QRect changed(333, 111, 401, 207);
        for (int y = changed.top(); y <= changed.bottom(); ++y)
            for (int x = changed.left(); x <= changed.right(); ++x)
                picture.setPixel(x, y, qRgb(255, 0, 0));
        pyramid.update(picture, changed);
        const PicturePyramid fresh(picture);
        for (int level = 1; level <= 3; ++level)
            QCOMPARE(pyramid.level(level), fresh.level(level));
    }

    void paintingWithTheMouse()
    {
        Fixture f({400, 300});
        f.canvas.setZoom(1);
        f.tools.setSize(20);
        QTest::mousePress(f.canvas.viewport(), Qt::LeftButton, {}, f.at({100, 100}));
        QTest::mouseMove(f.canvas.viewport(), f.at({200, 100}));
        QTest::mouseRelease(f.canvas.viewport(), Qt::LeftButton, {}, f.at({200, 100}));
        QVERIFY(f.document.mask().valueAt(100, 100) > 250);
        QVERIFY(f.document.mask().valueAt(150, 100) > 250);
        QVERIFY(f.document.mask().valueAt(200, 100) > 250);
        QCOMPARE(f.document.mask().valueAt(150, 130), 0);
        QCOMPARE(f.document.undoStack().count(), 1);
        f.document.undoStack().undo();
        QVERIFY(f.document.mask().isBlank());

        f.tools.setTool(Tool::Eraser);
        MaskTiles full({400, 300});
        full.fill(255);
        f.document.replaceMask(full, QString());
        QTest::mouseClick(f.canvas.viewport(), Qt::LeftButton, {}, f.at({50, 60}));
        QCOMPARE(f.document.mask().valueAt(50, 60), 0);
    }

    void thePensPressureIsTheStrokesWidth()
    {
        Fixture f({400, 300});
        f.canvas.setZoom(1);
        f.tools.setSize(60);
        f.tools.setHardness(1);
        QVERIFY(f.pen(QEvent::TabletPress, {100, 150}, Qt::LeftButton, 1));
        QVERIFY(f.pen(QEvent::TabletMove, {300, 150}, Qt::LeftButton, 0.2));
        QVERIFY(f.pen(QEvent::TabletRelease, {300, 150}, Qt::NoButton, 0));
        const MaskTiles& mask = f.document.mask();
        QVERIFY(mask.valueAt(100, 175) > 250); // radius 30
        QVERIFY(mask.valueAt(300, 153) > 250); // radius 6
        QCOMPARE(mask.valueAt(300, 162), 0);
        QVERIFY(mask.valueAt(200, 165) > 250); // between: 18
        QCOMPARE(mask.valueAt(200, 172), 0);
        QCOMPARE(f.document.undoStack().count(), 1);
    }

    void thePensOtherEndErasesAndWaitsForTheMouse()
    {
        Fixture f({400, 300});
        f.canvas.setZoom(1);
        f.tools.setSize(60);
        f.tools.setHardness(1);
        MaskTiles full({400, 300});
        full.fill(255);
        f.document.replaceMask(full, QString());
        QWidget* viewport = f.canvas.viewport();
        const auto end = QPointingDevice::PointerType::Eraser;
        QVERIFY(f.pen(QEvent::TabletPress, {100, 150}, Qt::LeftButton, 1, end));
        QVERIFY(f.pen(QEvent::TabletRelease, {100, 150}, Qt::NoButton, 1, end));
        QCOMPARE(f.document.mask().valueAt(100, 150), 0);
        QCOMPARE(f.document.undoStack().undoText(), CanvasWidget::tr("Erase mask"));
        QCOMPARE(f.tools.tool(), Tool::Brush);

        QTest::mousePress(viewport, Qt::LeftButton, {}, f.at({300, 150}));
        QVERIFY(!f.pen(QEvent::TabletPress, {200, 150}, Qt::LeftButton, 1, end));
        QTest::mouseRelease(viewport, Qt::LeftButton, {}, f.at({300, 150}));
        QCOMPARE(f.document.mask().valueAt(200, 150), 255);
    }

    void paintedMaskIsSeen()
    {
        Fixture f({400, 300});
        f.canvas.setZoom(1);
        f.tools.setSize(60);
        const QImage before = f.canvas.viewport()->grab().toImage();
        QTest::mouseClick(f.canvas.viewport(), Qt::LeftButton, {}, f.at({200, 150}));
        const QImage after = f.canvas.viewport()->grab().toImage();
        const QPoint centre = f.at({200, 150});
        QVERIFY(qRed(after.pixel(centre)) > qRed(before.pixel(centre)) + 20);
        f.tools.setMaskVisible(false);
        QTest::mouseMove(f.canvas.viewport(), QPoint(3, 3));
        QCOMPARE(f.canvas.viewport()->grab().toImage().pixel(centre), before.pixel(centre));
    }

    void dragsThatDoNotPaint()
    {
        Fixture f({400, 300});
        f.canvas.setZoom(2);
        const QPointF origin = f.canvas.transform().origin();
        QTest::mousePress(f.canvas.viewport(), Qt::MiddleButton, {}, {300, 300});
        QTest::mouseMove(f.canvas.viewport(), QPoint(330, 310));
        QTest::mouseRelease(f.canvas.viewport(), Qt::MiddleButton, {}, {330, 310});
        QCOMPARE(f.canvas.transform().origin() - origin, QPointF(30, 10));

        f.canvas.setFocus();
        QTest::keyPress(&f.canvas, Qt::Key_Space);
        QTest::mousePress(f.canvas.viewport(), Qt::LeftButton, {}, {300, 300});
        QTest::mouseMove(f.canvas.viewport(), QPoint(290, 300));
        QTest::mouseRelease(f.canvas.viewport(), Qt::LeftButton, {}, {290, 300});
        QTest::keyRelease(&f.canvas, Qt::Key_Space);
        QCOMPARE(f.canvas.transform().origin() - origin, QPointF(20, 10));

        const double size = f.tools.size();
        QTest::mousePress(f.canvas.viewport(), Qt::LeftButton, Qt::ShiftModifier, {300, 300});
        QTest::mouseMove(f.canvas.viewport(), QPoint(320, 300));
        QTest::mouseRelease(f.canvas.viewport(), Qt::LeftButton, Qt::ShiftModifier, {320, 300});
        QCOMPARE(f.tools.size(), size + 20);
        QTest::mousePress(f.canvas.viewport(), Qt::RightButton, Qt::AltModifier, {300, 300});
        QTest::mouseMove(f.canvas.viewport(), QPoint(300, 320));
        QTest::mouseRelease(f.canvas.viewport(), Qt::RightButton, Qt::AltModifier, {300, 320});
        QVERIFY(std::abs(f.tools.hardness() - 0.7) < 1e-9);
        QVERIFY(f.document.mask().isBlank());
        QCOMPARE(f.document.undoStack().count(), 0);
    }

    void wheelZoomsAtThePointer()
    {
        Fixture f({2000, 1500});
        const QPointF pointer(500, 200);
        const QPointF before = f.canvas.transform().toPicture(pointer);
        const double scale = f.canvas.zoom();
        QWheelEvent wheel(pointer, f.canvas.viewport()->mapToGlobal(pointer), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(f.canvas.viewport(), &wheel);
        QVERIFY(f.canvas.zoom() > scale * 1.2);
        const QPointF moved = (f.canvas.transform().toPicture(pointer) - before) * f.canvas.zoom();
        QVERIFY(std::abs(moved.x()) < 0.6 && std::abs(moved.y()) < 0.6);
    }

    void pixelsAreExactAtFullSize()
    {
        Fixture f({300, 200});
        f.canvas.setZoom(1);
        f.tools.setTool(Tool::Pan); // no ring over the picture
        const QImage shown = f.canvas.viewport()->grab().toImage();
        for (const QPoint p : {QPoint(10, 10), QPoint(299, 199), QPoint(150, 77)})
            QCOMPARE(shown.pixel(f.at(p)), f.document.picture().pixel(p));
    }

    void overlayIsShownAndLeavesTheDocumentAlone()
    {
        Fixture f({300, 200});
        f.canvas.setZoom(1);
        f.tools.setTool(Tool::Pan);
        const QImage before = f.document.picture().copy();
        QImage patch(4, 4, QImage::Format_ARGB32_Premultiplied);
        patch.fill(QColor(255, 255, 0));
        f.canvas.setOverlay({QRect(100, 50, 40, 40), patch});
        QCOMPARE(QColor(f.canvas.viewport()->grab().toImage().pixel(f.at({120, 70}))), QColor(255, 255, 0));
        QCOMPARE(QColor(f.canvas.viewport()->grab().toImage().pixel(f.at({90, 70}))), before.pixelColor(90, 70));
        f.canvas.setOverlayVisible(false);
        QCOMPARE(QColor(f.canvas.viewport()->grab().toImage().pixel(f.at({120, 70}))), before.pixelColor(120, 70));
        f.canvas.setOverlayVisible(true);
        QCOMPARE(QColor(f.canvas.viewport()->grab().toImage().pixel(f.at({120, 70}))), QColor(255, 255, 0));
        QCOMPARE(f.document.picture(), before);
        QVERIFY(!f.document.isModified());
    }

    void controlLiesBetweenPictureAndMask()
    {
        Fixture f({300, 200});
        f.canvas.setZoom(1);
        f.tools.setSize(30);
        QTest::mouseClick(f.canvas.viewport(), Qt::LeftButton, {}, f.at({130, 70}));
        f.tools.setTool(Tool::Pan);
        const auto shown = [&f](QPoint p) { return QColor(f.canvas.viewport()->grab().toImage().pixel(f.at(p))); };
        const QPoint bare(105, 55), masked(130, 70), beside(95, 55);
        const QColor before = shown(bare), maskBefore = shown(masked), besideBefore = shown(beside);

        QImage black(20, 20, QImage::Format_ARGB32_Premultiplied);
        black.fill(Qt::black);
        f.canvas.setControl({QRect(100, 50, 40, 40), black});
        for (const auto& [now, then] : {std::pair(shown(bare).green(), before.green()), {shown(bare).blue(), before.blue()}})
            QVERIFY2(std::abs(now - 0.4 * then) < 2, qPrintable(QStringLiteral("%1 of %2").arg(now).arg(then)));
        QCOMPARE(shown(beside), besideBefore);
        // Half red over the darkened picture: the mask is above.
        QVERIFY(shown(masked).red() > maskBefore.red() * 0.7 && shown(masked) != maskBefore);

        QImage patch(4, 4, QImage::Format_ARGB32_Premultiplied);
        patch.fill(QColor(255, 255, 0));
        f.canvas.setOverlay({QRect(100, 50, 10, 10), patch}); // a result is seen as it is
        QCOMPARE(shown(bare), QColor(255, 255, 0));
        f.canvas.setOverlay({});
        f.canvas.setControl({});
        QCOMPARE(shown(bare), before);
        QCOMPARE(shown(masked), maskBefore);
    }

    void anotherPictureTakesTheControlAway()
    {
        Fixture f({300, 200});
        f.canvas.setControl({QRect(0, 0, 300, 200), QImage(30, 20, QImage::Format_ARGB32_Premultiplied)});
        PictureData data;
        data.image = gradient({50, 40});
        f.document.setPicture(std::move(data));
        QVERIFY(f.canvas.control().isEmpty());
    }

    void partialRepaintsEqualAFreshOne()
    {
        Fixture f({1500, 1100});
        f.tools.setSize(120);
        QImage patch(30, 20, QImage::Format_ARGB32_Premultiplied);
        patch.fill(QColor(0, 90, 0, 120));
        QImage reach(300, 200, QImage::Format_Grayscale8);
        reach.fill(200);
        const auto same = [&f] {
            QCoreApplication::processEvents();
            const QImage kept = f.canvas.viewport()->grab().toImage();
            f.canvas.setSurface(Qt::black, Qt::blue); // everything is drawn anew
            return kept == f.canvas.viewport()->grab().toImage();
        };
        f.canvas.setSurface(Qt::black, Qt::blue);
        QVERIFY(same());
        QTest::mousePress(f.canvas.viewport(), Qt::LeftButton, {}, f.at({300, 300}));
        for (int x = 320; x < 900; x += 37) {
            QTest::mouseMove(f.canvas.viewport(), f.at({double(x), 300 + 0.3 * x}));
            f.canvas.viewport()->grab();
        }
        QTest::mouseRelease(f.canvas.viewport(), Qt::LeftButton, {}, f.at({900, 570}));
        QVERIFY(same());
        f.canvas.setControl({QRect(111, 97, 640, 480), patch});
        QVERIFY(same());
        f.canvas.setRim({{250, 250}, reach});
        QVERIFY(same());
        f.canvas.setOverlay({QRect(250, 250, 300, 200), patch});
        QVERIFY(same());
        QImage edit(200, 150, QImage::Format_RGB888);
        edit.fill(Qt::yellow);
        f.document.replaceRegion({401, 303}, edit, QString());
        QVERIFY(same());
        f.document.undoStack().undo();
        f.document.undoStack().undo();
        QVERIFY(same());
        f.canvas.setRim({});
        f.canvas.setOverlay({});
        f.canvas.setControl({});
        QVERIFY(same());
        f.canvas.resize(700, 500);
        QVERIFY(same());
    }

    void partialOverlayEqualsTheWhole()
    {
        MaskTiles mask({500, 400});
        BrushStroke stroke(mask, {90, 0.5, 1, false});
        stroke.begin({100, 100});
        stroke.moveTo({350, 250});
        CanvasTransform t;
        t.setPicture({500, 400});
        t.setViewport({300, 240}, 1);
        t.fit({});
        const QImage whole = renderMaskOverlay(mask, t, {0, 0, 300, 240}, Qt::red, 0.5);
        const QRect part(80, 60, 90, 70);
        QCOMPARE(renderMaskOverlay(mask, t, part, Qt::red, 0.5), whole.copy(part));
        QVERIFY(renderMaskOverlay(MaskTiles({500, 400}), t, part, Qt::red, 0.5).isNull());
    }
};

QTEST_MAIN(CanvasTest)
#include "tst_canvas.moc"
