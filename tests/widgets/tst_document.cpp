// SPDX-License-Identifier: Apache-2.0
#include "widgets/document/image_document.h"
#include "widgets/tools/brush.h"

#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

#include <memory>

using namespace pentimento;

class DocumentTest : public QObject {
    Q_OBJECT
private:
    static std::unique_ptr<ImageDocument> opened(QSize size, QImage::Format format = QImage::Format_RGB888)
    {
        auto document = std::make_unique<ImageDocument>();
        PictureData picture;
        picture.image = QImage(size, format);
        picture.image.fill(Qt::darkCyan);
        document->setPicture(std::move(picture));
        return document;
    }
    static void randomStroke(ImageDocument& document, QRandomGenerator& random)
    {
        const QSize size = document.picture().size();
        const auto point = [&] {
            return QPointF(random.bounded(size.width() + 40) - 20, random.bounded(size.height() + 40) - 20);
        };
        BrushSettings brush{1.0 + random.bounded(90), random.bounded(1.0), 0.2 + random.bounded(0.8), random.bounded(3) == 0};
        BrushStroke stroke(document.beginMaskChange(), brush);
        stroke.begin(point());
        for (int i = random.bounded(1, 5); i > 0; --i)
            stroke.moveTo(point(), 0.3 + random.bounded(0.7));
        document.endMaskChange(QStringLiteral("stroke"));
    }

private Q_SLOTS:
    void maskImageRoundTrip_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::newRow("smaller than a tile") << QSize(1, 1);
        QTest::newRow("whole tiles") << QSize(256, 128);
        QTest::newRow("cut tiles") << QSize(301, 257);
    }
    void maskImageRoundTrip()
    {
        QFETCH(QSize, size);
        QRandomGenerator random(7);
        QImage grey(size, QImage::Format_Grayscale8);
        for (int y = 0; y < size.height(); ++y) {
            for (int x = 0; x < size.width(); ++x)
                grey.scanLine(y)[x] = uchar(random.bounded(4) == 0 ? random.bounded(256) : 0);
        }
        const MaskTiles mask = MaskTiles::fromImage(grey);
        QCOMPARE(mask.toImage(), grey);
        for (int i = 0; i < 50; ++i) {
            const QPoint p(random.bounded(size.width()), random.bounded(size.height()));
            QCOMPARE(mask.valueAt(p.x(), p.y()), int(grey.constScanLine(p.y())[p.x()]));
        }
        QCOMPARE(mask.valueAt(-1, 0), 0);
        QCOMPARE(mask.valueAt(size.width(), 0), 0);
    }

    void copiesDoNotSeeLaterWrites()
    {
        MaskTiles mask({300, 300});
        mask.fill(200);
        const MaskTiles snapshot = mask;
        mask.writableTile(0)[0] = 5;
        QCOMPARE(snapshot.valueAt(0, 0), 200);
        QCOMPARE(mask.valueAt(0, 0), 5);
        QCOMPARE(tileDifference(snapshot, mask).entries.size(), std::size_t(1));
    }

    void invertTwiceIsNothing()
    {
        MaskTiles mask({150, 70});
        BrushStroke stroke(mask, {40, 0.5, 1, false});
        stroke.begin({30, 30});
        const QImage before = mask.toImage();
        mask.invert();
        QCOMPARE(mask.valueAt(140, 60), 255);
        QVERIFY(mask.coverage() > 0.8);
        mask.invert();
        QCOMPARE(mask.toImage(), before);
        QCOMPARE(mask.valueAt(149, 69), 0);
    }

    void paintedRectAndCoverage()
    {
        QImage grey(400, 300, QImage::Format_Grayscale8);
        grey.fill(0);
        for (int y = 120; y < 140; ++y)
            for (int x = 250; x < 280; ++x)
                grey.scanLine(y)[x] = 255;
        const MaskTiles mask = MaskTiles::fromImage(grey);
        QCOMPARE(mask.paintedRect(), QRect(250, 120, 30, 20));
        QCOMPARE(mask.coverage(), 600.0 / (400 * 300));
        QVERIFY(MaskTiles({400, 300}).isBlank());
        QVERIFY(MaskTiles({400, 300}).paintedRect().isEmpty());
    }

    void randomStrokesUndoToTheSameBytes()
    {
        const auto document = opened({517, 389});
        QRandomGenerator random(42);
        QList<QImage> states{document->mask().toImage()};
        for (int i = 0; i < 60; ++i) {
            const int known = document->undoStack().count();
            randomStroke(*document, random);
            if (document->undoStack().count() == known)
                continue; // outside the picture: no step
            states += document->mask().toImage();
        }
        const int steps = document->undoStack().count();
        QVERIFY(steps > 30);
        for (int i = steps; i > 0; --i) {
            QCOMPARE(document->mask().toImage(), states[i]);
            document->undoStack().undo();
        }
        QVERIFY(document->mask().isBlank());
        for (int i = 1; i <= steps; ++i) {
            document->undoStack().redo();
            QCOMPARE(document->mask().toImage(), states[i]);
        }
    }

    void budgetCompressesThenDropsTheOldest()
    {
        const auto document = opened({1024, 1024});
        QRandomGenerator random(3);
        document->setUndoBudget(200000);
        QImage last, lastButOne;
        for (int i = 0; i < 40; ++i) {
            randomStroke(*document, random);
            lastButOne = last;
            last = document->mask().toImage();
        }
        // Only the newest step may stand above the budget.
        QVERIFY(document->undoBytes() < 200000 + 2 * 1024 * 1024);
        document->undoStack().undo();
        QCOMPARE(document->mask().toImage(), lastButOne);
        int undone = 1;
        while (document->canUndo()) {
            document->undoStack().undo();
            ++undone;
        }
        QVERIFY(undone < 40);
        while (document->undoStack().canRedo())
            document->undoStack().redo();
        QCOMPARE(document->mask().toImage(), last);
    }

    void keptEditIsOneStepAndOnlyItsRegionIsTouched_data()
    {
        QTest::addColumn<QImage::Format>("format");
        QTest::newRow("grey 8") << QImage::Format_Grayscale8;
        QTest::newRow("grey 16") << QImage::Format_Grayscale16;
        QTest::newRow("rgb 8") << QImage::Format_RGB888;
        QTest::newRow("rgba 8") << QImage::Format_RGBA8888;
        QTest::newRow("rgb 16") << QImage::Format_RGBX64;
        QTest::newRow("rgba 16") << QImage::Format_RGBA64;
    }
    void keptEditIsOneStepAndOnlyItsRegionIsTouched()
    {
        QFETCH(QImage::Format, format);
        const auto document = opened({90, 61}, format);
        const QImage before = document->picture().copy();
        QImage patch(33, 17, format);
        patch.fill(Qt::yellow);
        QSignalSpy changed(document.get(), &ImageDocument::pictureChanged);
        document->replaceRegion({11, 5}, patch, QStringLiteral("edit"));
        QCOMPARE(changed.count(), 1);
        QCOMPARE(changed[0][0].toRect(), QRect(11, 5, 33, 17));
        QVERIFY(document->isModified());
        QCOMPARE(document->picture().copy(11, 5, 33, 17), patch);
        QImage outside = document->picture().copy();
        for (int y = 0; y < 17; ++y)
            memcpy(outside.scanLine(5 + y) + 11 * outside.depth() / 8, before.constScanLine(5 + y) + 11 * before.depth() / 8,
                   std::size_t(33 * before.depth() / 8));
        QCOMPARE(outside, before);
        document->undoStack().undo();
        QCOMPARE(document->picture(), before);
        QVERIFY(!document->isModified());
        document->undoStack().redo();
        QCOMPARE(document->picture().copy(11, 5, 33, 17), patch);
    }

    void anEditMadeElsewhereIsTakenOverAndTakenBack_data()
    {
        QTest::addColumn<QRect>("rect");
        QTest::newRow("small") << QRect(11, 5, 33, 17);
        QTest::newRow("most of it") << QRect(3, 2, 80, 55);
        QTest::newRow("all") << QRect(0, 0, 90, 61);
    }
    void anEditMadeElsewhereIsTakenOverAndTakenBack()
    {
        QFETCH(QRect, rect);
        const auto document = opened({90, 61});
        const QImage before = document->picture().copy();
        QImage patch(rect.size(), before.format());
        patch.fill(Qt::yellow);
        document->applyEdit(makePictureEdit(document->picture(), rect.topLeft(), patch), QStringLiteral("edit"));
        const QImage after = document->picture().copy();
        QCOMPARE(after.copy(rect), patch);
        for (int y = 0; y < 61; ++y) {
            for (int x = 0; x < 90; ++x)
                QVERIFY(rect.contains(x, y) || after.pixel(x, y) == before.pixel(x, y));
        }
        for (int i = 0; i < 2; ++i) {
            document->undoStack().undo();
            QCOMPARE(document->picture(), before);
            QVERIFY(!document->isModified());
            document->undoStack().redo();
            QCOMPARE(document->picture(), after);
            QVERIFY(document->isModified());
        }
    }

    void largeEditsAreDeflatedAndComeBack()
    {
        const auto document = opened({1200, 900});
        const qint64 whole = document->picture().sizeInBytes();
        QImage pictures[4] = {document->picture().copy()};
        for (int i = 1; i < 4; ++i) {
            QImage patch(1100, 800, QImage::Format_RGB888);
            patch.fill(QColor(60 * i, 10, 255 - 60 * i));
            if (i == 3) // while the first is on its way
                document->setUndoBudget(2 * whole);
            document->applyEdit(makePictureEdit(document->picture(), {50 + i, 40}, patch), QStringLiteral("edit"));
            pictures[i] = document->picture().copy();
        }
        QTRY_VERIFY(document->undoBytes() <= 2 * whole);
        for (int i = 2; i >= 0; --i) {
            QVERIFY(document->canUndo());
            document->undoStack().undo();
            QCOMPARE(document->picture(), pictures[i]);
        }
        for (int i = 1; i < 4; ++i) {
            document->undoStack().redo();
            QCOMPARE(document->picture(), pictures[i]);
        }
    }

    void strokesAndKeptEditsShareOneStack()
    {
        const auto document = opened({200, 200});
        QRandomGenerator random(1);
        document->replaceMask(MaskTiles::fromImage(QImage(QSize(200, 200), QImage::Format_Grayscale8)), QString());
        const int base = document->undoStack().count();
        MaskTiles full({200, 200});
        full.fill(255);
        document->replaceMask(full, QStringLiteral("fill"));
        QImage patch(10, 10, QImage::Format_RGB888);
        patch.fill(Qt::red);
        document->replaceRegion({0, 0}, patch, QStringLiteral("edit"));
        document->replaceMask(MaskTiles({200, 200}), QStringLiteral("clear"));
        QCOMPARE(document->undoStack().count(), base + 3);
        document->undoStack().undo();
        QCOMPARE(document->mask().coverage(), 1.0);
        QVERIFY(document->isModified());
        document->undoStack().undo();
        QVERIFY(!document->isModified());
        QCOMPARE(document->mask().coverage(), 1.0);
    }

    void savedStateIsKnownAcrossUndo()
    {
        const auto document = opened({50, 50});
        QImage red(5, 5, QImage::Format_RGB888), blue(5, 5, QImage::Format_RGB888);
        red.fill(Qt::red);
        blue.fill(Qt::blue);
        document->replaceRegion({0, 0}, red, QString());
        document->markSaved(QStringLiteral("/x.png"), PictureFormat::Png, document->revision());
        QVERIFY(!document->isModified());
        document->undoStack().undo();
        QVERIFY(document->isModified());
        document->replaceRegion({0, 0}, blue, QString());
        QVERIFY(document->isModified()); // not what was saved, though the same number of steps
        document->markUnsaved();
        QVERIFY(document->isModified());
    }

    void mostFormatsComeInAsTheyAre()
    {
        const auto filled = [](QImage::Format format, Qt::GlobalColor color = Qt::red) {
            QImage image(3, 3, format);
            image.fill(color);
            return image;
        };
        QCOMPARE(toDocumentFormat(filled(QImage::Format_RGB32)).format(), QImage::Format_RGB888);
        QCOMPARE(toDocumentFormat(filled(QImage::Format_RGB32, Qt::white)).format(), QImage::Format_Grayscale8);
        QImage clear(3, 3, QImage::Format_ARGB32);
        clear.fill(QColor(10, 200, 30, 128));
        QCOMPARE(toDocumentFormat(clear).format(), QImage::Format_RGBA8888);
        QCOMPARE(toDocumentFormat(clear).pixelColor(1, 1), QColor(10, 200, 30, 128));
        QCOMPARE(toDocumentFormat(filled(QImage::Format_Grayscale16)).format(), QImage::Format_Grayscale16);
        QCOMPARE(toDocumentFormat(filled(QImage::Format_RGBX64)).format(), QImage::Format_RGBX64);
    }
};

QTEST_GUILESS_MAIN(DocumentTest)
#include "tst_document.moc"
