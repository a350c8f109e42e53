// SPDX-License-Identifier: Apache-2.0
// Damaged pictures of every format: an answer or an error, never a crash. Run under the sanitizers too.
#include "inference/api/picture_file.h"

#include "tests/support/exif_block.h"
#include "tests/support/picture_bytes.h"
#include "tests/support/pictures.h"

#include <QColorSpace>
#include <QtTest>

using namespace pentimento;

namespace {

Bytes sample(const QByteArray& kind)
{
    std::mt19937 random(30);
    Picture picture;
    picture.image = noisePicture({20, 15}, 4, kind == "png16" ? 16 : 8, random);
    picture.exif = exifBlock(6, true);
    const QByteArray profile = QColorSpace(QColorSpace::SRgb).iccProfile();
    picture.icc.assign(profile.begin(), profile.end());
    WriteOptions options;
    options.format = kind.startsWith("png") ? FileFormat::Png : kind == "jpeg" ? FileFormat::Jpeg : FileFormat::WebP;
    options.lossless = kind == "webp lossless";
    QImage flat(20, 15, QImage::Format_RGB888);
    flat.fill(QColor(200, 120, 30));
    if (kind == "bmp" || kind == "ppm")
        return savedByQt(flat, kind.toUpper().constData());
    if (kind == "gif") {
        const std::string gif("GIF89a\x02\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x02\x00\x01\x00"
                              "\x00\x02\x02\x44\x0a\x00;",
                              35);
        return {gif.begin(), gif.end()};
    }
    if (kind == "tga") {
        Bytes tga(18 + 4 * 3 * 3, 77);
        const std::uint8_t header[18] = {0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 3, 0, 24, 0};
        std::copy(std::begin(header), std::end(header), tga.begin());
        return tga;
    }
    return std::get<Bytes>(encodePicture(picture, options));
}

Bytes damaged(Bytes file, std::mt19937& random)
{
    switch (random() % 4) {
    case 0: // a few bytes anywhere
        for (int i = randomInt(random, 1, 8); i > 0; --i)
            file[random() % file.size()] = static_cast<std::uint8_t>(random());
        break;
    case 1: // the header, where sizes and lengths are
        for (int i = randomInt(random, 1, 4); i > 0; --i)
            file[random() % std::min<std::size_t>(file.size(), 64)] = static_cast<std::uint8_t>(random());
        break;
    case 2: file.resize(random() % file.size()); break;
    default: // a piece twice or not at all
        const std::size_t begin = random() % file.size(), end = begin + random() % (file.size() - begin);
        const Bytes piece(file.begin() + static_cast<std::ptrdiff_t>(begin), file.begin() + static_cast<std::ptrdiff_t>(end));
        if (random() % 2 == 0)
            file.insert(file.begin() + static_cast<std::ptrdiff_t>(begin), piece.begin(), piece.end());
        else
            file.erase(file.begin() + static_cast<std::ptrdiff_t>(begin), file.begin() + static_cast<std::ptrdiff_t>(end));
    }
    return file;
}

} // namespace

class PictureFuzzTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void damage_data()
    {
        QTest::addColumn<QByteArray>("kind");
        for (const char* kind : {"png8", "png16", "jpeg", "webp", "webp lossless", "bmp", "ppm", "gif", "tga"})
            QTest::newRow(kind) << QByteArray(kind);
    }

    void damage()
    {
        QFETCH(QByteArray, kind);
        const Bytes valid = sample(kind);
        const std::string name = "fuzz." + kind.toStdString();
        QVERIFY(std::holds_alternative<Picture>(readPicture(valid, name)));
        std::mt19937 random(31);
        int refused = 0;
        for (int round = 0; round < 2500; ++round) {
            const auto picture = readPicture(damaged(valid, random), name, 1 << 22);
            if (const auto* read = std::get_if<Picture>(&picture)) {
                QVERIFY(!read->image.empty());
                continue;
            }
            ++refused;
            const Error& error = std::get<Error>(picture);
            QVERIFY(error.code == ErrorCode::BadInput || error.code == ErrorCode::OutOfMemory);
            QCOMPARE(error.where, name);
        }
        QVERIFY(refused > 500); // truncation alone is a quarter
    }
};

QTEST_GUILESS_MAIN(PictureFuzzTest)
#include "tst_picture_fuzz.moc"
