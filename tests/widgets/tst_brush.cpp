// SPDX-License-Identifier: Apache-2.0
#include "widgets/tools/brush.h"
#include "widgets/tools/tool_options.h"

#include <QTest>

#include <cmath>

using namespace pentimento;

class BrushTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void coverageFallsFromCoreToEdge()
    {
        QCOMPARE(brushCoverage(0, 20, 0.5), 1.0);
        QCOMPARE(brushCoverage(10, 20, 0.5), 1.0);
        QCOMPARE(brushCoverage(21, 20, 0.5), 0.0);
        double last = 1;
        for (double d = 10; d < 21; d += 0.25) {
            const double now = brushCoverage(d, 20, 0.5);
            QVERIFY(now <= last);
            last = now;
        }
    }

    void onePixelBrushPaintsItsPixel()
    {
        MaskTiles mask({20, 20});
        BrushStroke stroke(mask, {1, 1, 1, false});
        stroke.begin({7.5, 9.5});
        QCOMPARE(mask.valueAt(7, 9), 255);
        QCOMPARE(mask.valueAt(6, 9), 0);
        QCOMPARE(mask.valueAt(7, 11), 0);
    }

    void fastMovesLeaveNoGaps()
    {
        MaskTiles mask({1000, 300});
        BrushStroke stroke(mask, {6, 1, 1, false});
        stroke.begin({10, 10});
        stroke.moveTo({980, 270});
        for (int x = 12; x < 978; ++x) {
            const double y = 10 + (x + 0.5 - 10) * 260 / 970;
            QCOMPARE(mask.valueAt(x, int(y)), 255);
        }
    }

    void opacityIsReachedOncePerStroke()
    {
        MaskTiles mask({100, 100});
        {
            BrushStroke stroke(mask, {40, 1, 0.5, false});
            stroke.begin({50, 50});
            stroke.moveTo({60, 50});
            stroke.moveTo({50, 50});
        }
        QVERIFY(std::abs(mask.valueAt(52, 50) - 128) <= 1);
        BrushStroke second(mask, {40, 1, 0.5, false});
        second.begin({50, 50});
        QVERIFY(std::abs(mask.valueAt(50, 50) - 191) <= 2);
    }

    void eraserTakesAway()
    {
        MaskTiles mask({100, 100});
        mask.fill(255);
        BrushStroke stroke(mask, {20, 1, 1, true});
        const QRect changed = stroke.begin({50, 50});
        QCOMPARE(mask.valueAt(50, 50), 0);
        QCOMPARE(mask.valueAt(80, 50), 255);
        QVERIFY(changed.contains(QRect(41, 41, 18, 18)));
    }

    void pressureScalesTheSize()
    {
        MaskTiles mask({200, 100});
        BrushStroke stroke(mask, {40, 1, 1, false});
        stroke.begin({40, 50}, 0.5);
        QCOMPARE(mask.valueAt(40, 35), 0);
        QCOMPARE(mask.valueAt(40, 43), 255);
    }

    void strokesOutsideChangeNothing()
    {
        MaskTiles mask({50, 50});
        BrushStroke stroke(mask, {20, 1, 1, false});
        QVERIFY(stroke.begin({-100, -100}).isEmpty());
        QVERIFY(mask.isBlank());
    }

    void steppingKeepsWithinLimits()
    {
        QCOMPARE(steppedBrushSize(1, -1), 1.0);
        QCOMPARE(steppedBrushSize(1, 1), 2.0);
        QCOMPARE(steppedBrushSize(100, 1), 110.0);
        QCOMPARE(steppedBrushSize(2000, 1), 2000.0);
        QCOMPARE(steppedHardness(0.8, 1), 0.9);
        QCOMPARE(steppedHardness(1.0, 1), 1.0);
        QCOMPARE(steppedHardness(0.0, -1), 0.0);
    }

    void swapGoesThereAndBack()
    {
        ToolOptions tools;
        QVERIFY(!tools.brush().erase);
        tools.swapBrushAndEraser();
        QCOMPARE(tools.tool(), Tool::Eraser);
        QVERIFY(tools.brush().erase);
        tools.swapBrushAndEraser();
        QCOMPARE(tools.tool(), Tool::Brush);
    }
};

QTEST_GUILESS_MAIN(BrushTest)
#include "tst_brush.moc"
