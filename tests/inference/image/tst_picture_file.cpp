// SPDX-License-Identifier: Apache-2.0
#include "inference/api/picture_file.h"

#include "inference/image/exif.h"
#include "tests/support/exif_block.h"
#include "tests/support/picture_bytes.h"
#include "tests/support/pictures.h"
#include "tests/support/temporary_folder.h"

#include <QColorSpace>
#include <QImage>
#include <QtTest>

#include <cmath>

using namespace pentimento;
namespace fs = std::filesystem;

namespace {

Bytes colorProfile()
{
    const QByteArray profile = QColorSpace(QColorSpace::DisplayP3).iccProfile();
    return {profile.begin(), profile.end()};
}

/// A PNG with another chunk behind its header.
Bytes withChunk(Bytes png, std::string_view type, const Bytes& content)
{
    const Bytes chunk = pngChunk(type, content);
    png.insert(png.begin() + 33, chunk.begin(), chunk.end());
    return png;
}

int largestDifference(const Image& a, const Image& b)
{
    int largest = 0;
    for (int y = 0; y < a.height; ++y)
        for (int i = 0; i < a.width * a.channels; ++i)
            largest = std::max(largest, std::abs(a.row8(y)[i] - b.row8(y)[i]));
    return largest;
}

} // namespace

class PictureFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void pngKeepsEverySample_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("bits");
        for (const int bits : {8, 16})
            for (int channels = 1; channels <= 4; ++channels)
                QTest::addRow("%d channels, %d bits", channels, bits) << channels << bits;
    }

    void pngKeepsEverySample()
    {
        QFETCH(int, channels);
        QFETCH(int, bits);
        std::mt19937 random(20);
        Picture picture;
        picture.image = noisePicture({53, 31}, channels, bits, random);
        QVERIFY(samePixels(decoded(encoded(picture, {})).image, picture.image));
        picture.image = subImage(picture.image, {7, 5, 20, 11}); // rows with gaps between them
        QVERIFY(samePixels(decoded(encoded(picture, {})).image, picture.image));
    }

    void sixteenBitsAreBigEndianInTheFile()
    {
        ImageBuffer one(1, 1, 1, 16);
        one.row16(0)[0] = 0x1234;
        Picture picture;
        picture.image = std::move(one).share();
        const Bytes png = encoded(picture, {});
        const QImage seen = QImage::fromData(png.data(), static_cast<int>(png.size()));
        QCOMPARE(seen.convertToFormat(QImage::Format_Grayscale16).constScanLine(0)[1], 0x12);
    }

    void losslessWebPKeepsEverySample()
    {
        std::mt19937 random(21);
        WriteOptions options;
        options.format = FileFormat::WebP;
        options.lossless = true;
        for (const int channels : {3, 4}) {
            Picture picture;
            picture.image = noisePicture({40, 30}, channels, 8, random);
            const Picture back = decoded(encoded(picture, options));
            QVERIFY(samePixels(back.image, picture.image)); // colours under transparent pixels too
            QCOMPARE(back.format, FileFormat::WebP);
        }
    }

    void lossyFormatsComeClose_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<int>("channels");
        QTest::newRow("JPEG colour") << int(FileFormat::Jpeg) << 3;
        QTest::newRow("JPEG grey") << int(FileFormat::Jpeg) << 1;
        QTest::newRow("WebP") << int(FileFormat::WebP) << 3;
    }

    void lossyFormatsComeClose()
    {
        QFETCH(int, format);
        QFETCH(int, channels);
        Picture picture;
        picture.image = gradient({120, 90}, channels);
        WriteOptions options;
        options.format = FileFormat(format);
        const Picture back = decoded(encoded(picture, options));
        QCOMPARE(back.image.channels, channels);
        QVERIFY(largestDifference(back.image, picture.image) <= 8);
        options.quality = 10;
        QVERIFY(encoded(picture, options).size() < encoded(picture, {options.format}).size());
    }

    void profileAndExifSurviveEveryFormat()
    {
        for (const FileFormat format : {FileFormat::Png, FileFormat::Jpeg, FileFormat::WebP}) {
            Picture picture;
            picture.image = gradient({30, 20}, 3);
            picture.icc = colorProfile();
            picture.exif = exifBlock(1, true);
            normalizeExif(picture.exif);
            WriteOptions options;
            options.format = format;
            const Picture back = decoded(encoded(picture, options));
            QCOMPARE(back.icc, picture.icc);
            QCOMPARE(back.exif, picture.exif);
        }
    }

    void aProfileLargerThanOneJpegSegmentSurvives()
    {
        Picture picture;
        picture.image = gradient({8, 8}, 3);
        std::mt19937 random(22);
        picture.icc.resize(200'000);
        for (std::uint8_t& byte : picture.icc)
            byte = static_cast<std::uint8_t>(random());
        WriteOptions options;
        options.format = FileFormat::Jpeg;
        QCOMPARE(decoded(encoded(picture, options)).icc, picture.icc);
    }

    void exifOrientationTurnsThePixels_data()
    {
        QTest::addColumn<int>("orientation");
        QTest::addColumn<QByteArray>("upright");
        // The stored picture is "abc" over "def"; EXIF 2.3 says where its first row and column are to be seen.
        QTest::newRow("1: as stored") << 1 << QByteArray("abc/def");
        QTest::newRow("2: first column at the right") << 2 << QByteArray("cba/fed");
        QTest::newRow("3: upside down") << 3 << QByteArray("fed/cba");
        QTest::newRow("4: first row at the bottom") << 4 << QByteArray("def/abc");
        QTest::newRow("5: first row is the left column") << 5 << QByteArray("ad/be/cf");
        QTest::newRow("6: first row is the right column") << 6 << QByteArray("da/eb/fc");
        QTest::newRow("7: right column, from the bottom") << 7 << QByteArray("fc/eb/da");
        QTest::newRow("8: left column, from the bottom") << 8 << QByteArray("cf/be/ad");
    }

    void exifOrientationTurnsThePixels()
    {
        QFETCH(int, orientation);
        QFETCH(QByteArray, upright);
        for (const int channels : {1, 2, 3, 4}) {
            for (const int bits : {8, 16}) {
                ImageBuffer stored(3, 2, channels, bits);
                for (int i = 0; i < 6; ++i) {
                    std::byte* pixel = stored.row(i / 3) + static_cast<std::size_t>(i % 3 * channels * bits / 8);
                    std::memset(pixel, 'a' + i, static_cast<std::size_t>(channels * bits / 8));
                }
                Picture picture;
                picture.image = std::move(stored).share();
                picture.exif = exifBlock(orientation, channels % 2 == 0);
                const Picture back = decoded(encoded(picture, {}));
                QByteArray seen;
                for (int y = 0; y < back.image.height; ++y) {
                    seen += y > 0 ? "/" : "";
                    for (int x = 0; x < back.image.width; ++x)
                        seen += char(back.image.row8(y)[static_cast<std::size_t>(x) * back.image.pixelBytes()]);
                }
                QCOMPARE(seen, upright);
                QCOMPARE(exifOrientation(back.exif), 1); // or the next program turns it again
            }
        }
    }

    void theThumbnailIsNotCarriedOn()
    {
        for (const bool littleEndian : {true, false}) {
            Bytes exif = exifBlock(6, littleEndian, "the removed person");
            normalizeExif(exif);
            const std::string text(exif.begin(), exif.end());
            QVERIFY(text.find("removed") == std::string::npos);
            QVERIFY(text.find("Camera1") != std::string::npos);
        }
    }

    void damagedExifDoesNoHarm()
    {
        std::mt19937 random(23);
        for (int round = 0; round < 20000; ++round) {
            Bytes exif = exifBlock(6, round % 2 == 0);
            for (int i = randomInt(random, 1, 6); i > 0; --i)
                exif[random() % exif.size()] = static_cast<std::uint8_t>(random());
            exif.resize(random() % (exif.size() + 1));
            const int orientation = exifOrientation(exif);
            QVERIFY(orientation >= 1 && orientation <= 8);
            normalizeExif(exif); // the sanitizers look on
        }
    }

    void paletteGreyAndTransparencyAreExpanded()
    {
        QImage indexed(5, 1, QImage::Format_Indexed8);
        indexed.setColorTable({qRgb(1, 2, 3), qRgb(200, 100, 50)});
        for (int x = 0; x < 5; ++x)
            indexed.setPixel(x, 0, x % 2);
        const Image colors = decoded(savedByQt(indexed, "PNG")).image;
        QCOMPARE(colors.channels, 3);
        QCOMPARE(int{colors.row8(0)[3]}, 200);
        QCOMPARE(int{colors.row8(0)[8]}, 3);

        indexed.setColorTable({qRgba(1, 2, 3, 0), qRgba(200, 100, 50, 255)});
        const Image transparent = decoded(savedByQt(indexed, "PNG")).image;
        QCOMPARE(transparent.channels, 4);
        QCOMPARE(int{transparent.row8(0)[3]}, 0);
        QCOMPARE(int{transparent.row8(0)[7]}, 255);

        QImage mono(9, 1, QImage::Format_Mono);
        mono.fill(0);
        mono.setPixel(8, 0, 1);
        const Image bits = decoded(savedByQt(mono, "PNG")).image;
        QCOMPARE(bits.bits, 8);
        QVERIFY(bits.row8(0)[0] != bits.row8(0)[8 * bits.channels]);
    }

    void aLinearPngIsTurnedIntoSrgb()
    {
        Picture picture;
        picture.image = rectMask({4, 4}, {0, 0, 4, 4}, 55);
        const Bytes png = encoded(picture, {});
        const auto withGamma = [&](std::uint32_t gamma) {
            Bytes content;
            appendBigEndian(content, gamma);
            return int{decoded(withChunk(png, "gAMA", content)).image.row8(1)[1]};
        };
        const double expected = 255.0 * std::pow(55.0 / 255.0, 1 / 2.2);
        QVERIFY(std::abs(withGamma(100000) - expected) <= 2);
        QCOMPARE(withGamma(45455), 55);
    }

    void readsTheSimpleFormats()
    {
        const QImage image(reinterpret_cast<const uchar*>("\x10\x20\x30\x40\x50\x60"), 2, 1, 6, QImage::Format_RGB888);
        for (const char* format : {"BMP", "PPM"}) {
            const Picture picture = decoded(savedByQt(image, format));
            QCOMPARE(picture.format, FileFormat::Other);
            QVERIFY((picture.image.size() == Size{2, 1}));
            QCOMPARE(int{picture.image.row8(0)[1]}, 0x20);
            QCOMPARE(int{picture.image.row8(0)[5]}, 0x60);
        }
        const std::string deep("P5 1 1 65535\n\x12\x34", 15);
        const Image grey = decoded(Bytes(deep.begin(), deep.end())).image;
        QCOMPARE(grey.bits, 16);
        QCOMPARE(int{grey.row16(0)[0]}, 0x1234);
    }

    void headersTellSizeAndDepth()
    {
        const TemporaryFolder folder;
        std::mt19937 random(25);
        Picture picture;
        picture.image = noisePicture({70, 50}, 4, 16, random);
        picture.exif = exifBlock(6, true);
        for (const auto& [name, format, channels, bits] :
             {std::tuple{"a.png", FileFormat::Png, 4, 16}, std::tuple{"a.jpg", FileFormat::Jpeg, 3, 8},
              std::tuple{"a.webp", FileFormat::WebP, 4, 8}}) {
            QVERIFY(!writePicture(folder.path() / name, picture, {format}));
            const auto header = std::get<PictureHeader>(readPictureHeader(folder.path() / name));
            QVERIFY((header.size == Size{70, 50})); // as stored, before it is turned
            QCOMPARE(header.channels, channels);
            QCOMPARE(header.bits, bits);
            QCOMPARE(header.format, format);
        }
    }

    void jpegLaysTransparencyOnWhite()
    {
        ImageBuffer clear(16, 16, 4);
        Picture picture;
        picture.image = std::move(clear).share(); // transparent black
        const Image seen = decoded(encoded(picture, {FileFormat::Jpeg})).image;
        QCOMPARE(seen.channels, 3);
        QVERIFY(seen.row8(8)[24] >= 254);
    }

    void masksAreLuminanceOverBlack()
    {
        ImageBuffer rgba(2, 1, 4);
        const std::uint8_t pixels[] = {255, 255, 255, 128, 0, 255, 0, 255};
        std::memcpy(rgba.row8(0), pixels, sizeof pixels);
        const Image mask = toMask(std::move(rgba).share());
        QCOMPARE(mask.channels, 1);
        QCOMPARE(int{mask.row8(0)[0]}, 128);
        QCOMPARE(int{mask.row8(0)[1]}, 150); // 0.587 * 255
        ImageBuffer deep(1, 1, 1, 16);
        deep.row16(0)[0] = 32896; // 128 * 257
        QCOMPARE(int{toMask(std::move(deep).share()).row8(0)[0]}, 128);
    }

    void aRealPhotoKeepsItsExif()
    {
        const fs::path photo = "/usr/share/palapeli/collection/castle-maintenon.jpg";
        if (!fs::exists(photo))
            QSKIP("the package palapeli-data is not installed");
        const Picture picture = std::get<Picture>(readPicture(photo));
        QVERIFY(picture.exif.size() > 100);
        const QImage seen = QImage(QString::fromStdString(photo.string())).convertToFormat(QImage::Format_RGB888);
        QVERIFY((picture.image.size() == Size{seen.width(), seen.height()}));
        const Picture back = decoded(encoded(picture, {FileFormat::Jpeg}));
        QCOMPARE(back.exif, picture.exif);
    }

    void endingsTellTheFormat()
    {
        QCOMPARE(formatFromName("a/b.PNG"), std::optional(FileFormat::Png));
        QCOMPARE(formatFromName("b.jpe"), std::optional(FileFormat::Jpeg));
        QCOMPARE(formatFromName("b.WebP"), std::optional(FileFormat::WebP));
        QCOMPARE(formatFromName("png"), std::optional<FileFormat>());
    }
};

QTEST_GUILESS_MAIN(PictureFileTest)
#include "tst_picture_file.moc"
