// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/image_convert.h"
#include "app/bridge/paste.h"
#include "app/bridge/request_builder.h"
#include "widgets/document/image_document.h"

#include <QRandomGenerator>
#include <QTest>

#include <cstring>

using namespace pentimento;

namespace {

QImage noise(QSize size, QImage::Format format)
{
    QRandomGenerator random(11);
    QImage image(size, QImage::Format_RGBA64);
    for (int y = 0; y < size.height(); ++y) {
        auto* row = reinterpret_cast<quint16*>(image.scanLine(y));
        for (int i = 0; i < size.width() * 4; ++i)
            row[i] = quint16(random.bounded(65536));
    }
    return image.convertToFormat(format);
}

} // namespace

class ImageConvertTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void roundTrip_data()
    {
        QTest::addColumn<QImage::Format>("format");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("bits");
        QTest::addColumn<bool>("shared");
        QTest::newRow("grey 8") << QImage::Format_Grayscale8 << 1 << 8 << true;
        QTest::newRow("grey 16") << QImage::Format_Grayscale16 << 1 << 16 << true;
        QTest::newRow("rgb 8") << QImage::Format_RGB888 << 3 << 8 << true;
        QTest::newRow("rgba 8") << QImage::Format_RGBA8888 << 4 << 8 << true;
        QTest::newRow("rgb 16") << QImage::Format_RGBX64 << 3 << 16 << false;
        QTest::newRow("rgba 16") << QImage::Format_RGBA64 << 4 << 16 << true;
    }
    void roundTrip()
    {
        QFETCH(QImage::Format, format);
        QFETCH(int, channels);
        QFETCH(int, bits);
        QFETCH(bool, shared);
        const QImage image = noise({37, 23}, format);
        const Image engine = toEngineImage(image);
        QCOMPARE(engine.channels, channels);
        QCOMPARE(engine.bits, bits);
        QCOMPARE(engine.size(), (Size{37, 23}));
        QCOMPARE(reinterpret_cast<const uchar*>(engine.data.get()) == image.constBits(), shared);
        const QImage back = toQtImage(engine);
        QCOMPARE(back.format(), format);
        QCOMPARE(back, image);
    }

    void sharedPixelsOutliveTheirImage()
    {
        Image engine;
        {
            const QImage image = noise({50, 40}, QImage::Format_RGB888);
            engine = toEngineImage(image);
        }
        QImage back = toQtImage(engine);
        engine = {};
        const QImage copy = back.copy();
        back.setPixel(0, 0, qRgb(1, 2, 3)); // detaches: nobody else's pixels are written
        back.setPixel(0, 0, copy.pixel(0, 0));
        QCOMPARE(back, copy);
    }

    void greyWithAlphaBecomesRgba()
    {
        ImageBuffer buffer(2, 1, 2);
        const std::uint8_t samples[] = {10, 255, 200, 30};
        std::memcpy(buffer.row(0), samples, 4);
        const QImage image = toQtImage(std::move(buffer).share());
        QCOMPARE(image.format(), QImage::Format_RGBA8888);
        QCOMPARE(image.pixelColor(0, 0), QColor(10, 10, 10, 255));
        QCOMPARE(image.pixelColor(1, 0), QColor(200, 200, 200, 30));
    }

    void otherFormatsAreConverted()
    {
        const QImage image = noise({9, 9}, QImage::Format_RGB32);
        QCOMPARE(toQtImage(toEngineImage(image)), toDocumentFormat(image));
    }

    void pasteTouchesOnlyWhereAlphaIs_data() { roundTrip_data(); }
    void pasteTouchesOnlyWhereAlphaIs()
    {
        QFETCH(QImage::Format, format);
        const QImage picture = noise({60, 50}, format);
        JobVariant variant;
        variant.rect = {7, 9, 20, 15};
        variant.pixels = noise({20, 15}, format).mirrored();
        variant.alpha = QImage(20, 15, QImage::Format_Grayscale8);
        variant.alpha.fill(0);
        for (int x = 0; x < 10; ++x)
            variant.alpha.scanLine(3)[x] = 255;
        const QImage pasted = pastedRegion(picture, variant);
        QCOMPARE(pasted.format(), format);
        const QImage base = picture.copy(variant.rect);
        const auto pixel = std::size_t(picture.depth() / 8);
        for (int y = 0; y < 15; ++y) {
            for (int x = 0; x < 20; ++x) {
                const uchar* now = pasted.constScanLine(y) + pixel * std::size_t(x);
                const bool inside = y == 3 && x < 10;
                if (!inside)
                    QVERIFY(std::memcmp(now, base.constScanLine(y) + pixel * std::size_t(x), pixel) == 0);
                else if (!picture.hasAlphaChannel() && format != QImage::Format_RGBX64)
                    QVERIFY(std::memcmp(now, variant.pixels.constScanLine(y) + pixel * std::size_t(x), pixel) == 0);
            }
        }
    }

    void seenThroughUsesTheAlpha()
    {
        QImage pixels(2, 2, QImage::Format_RGB888);
        pixels.fill(QColor(200, 100, 50));
        QImage alpha(8, 8, QImage::Format_Grayscale8);
        alpha.fill(0);
        alpha.scanLine(4)[4] = 255;
        const QImage seen = seenThrough(pixels, alpha, {8, 8});
        QCOMPARE(qAlpha(seen.pixel(0, 0)), 0);
        QCOMPARE(QColor::fromRgba(seen.pixel(4, 4)), QColor(200, 100, 50));
        QCOMPARE(seenThrough(pixels, alpha, {3, 4}).size(), QSize(3, 4));
    }

    void aThumbnailHasThePicturesColours()
    {
        for (const QImage::Format format : {QImage::Format_RGB888, QImage::Format_RGBA8888}) {
            QImage picture(200, 100, format);
            picture.fill(QColor(40, 90, 200, 128));
            Variant variant;
            variant.patch.rect = {0, 0, 200, 100};
            variant.patch.pixels = toEngineImage(picture);
            QImage alpha(200, 100, QImage::Format_Grayscale8);
            alpha.fill(255);
            variant.patch.alpha = toEngineImage(alpha);
            const QImage thumbnail = toJobVariant(variant, picture).thumbnail;
            const QColor seen = thumbnail.pixelColor(thumbnail.rect().center());
            QVERIFY2(seen.blue() > 190 && seen.red() < 50, qPrintable(seen.name(QColor::HexArgb)));
        }
    }
};

QTEST_GUILESS_MAIN(ImageConvertTest)
#include "tst_image_convert.moc"
