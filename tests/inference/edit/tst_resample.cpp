// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/resample.h"

#include "tests/support/pictures.h"

#include <QtTest>

#include <numeric>

using namespace pentimento;

class ResampleTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theSameSizeIsTheSamePicture()
    {
        std::mt19937 random(8);
        for (const int bits : {8, 16}) {
            const Image picture = noisePicture({37, 23}, 3, bits, random);
            const Planes planes = cropToPlanes(picture, {5, 3, 20, 11}, {20, 11});
            for (int y = 0; y < 11; ++y) {
                for (int x = 0; x < 20; ++x) {
                    for (int c = 0; c < 3; ++c) {
                        const int sample = 3 * (x + 5) + c;
                        const float expected = bits == 16 ? static_cast<float>(picture.row16(y + 3)[sample]) / 65535.0F
                                                          : static_cast<float>(picture.row8(y + 3)[sample]) / 255.0F;
                        QVERIFY(std::abs(planes.row(c, y)[x] - expected) < 1e-6F);
                    }
                }
            }
        }
    }

    void weightsSumToOneEverywhere()
    {
        std::mt19937 random(9);
        for (int round = 0; round < 200; ++round) {
            const int from = randomInt(random, 1, 700), to = randomInt(random, 1, 700);
            const ResampleAxis axis = resampleAxis(from, to);
            QCOMPARE(axis.spans.size(), static_cast<std::size_t>(to));
            for (const ResampleAxis::Span& span : axis.spans) {
                QVERIFY(span.first >= 0 && span.count > 0 && span.first + span.count <= from);
                const auto begin = axis.weights.begin() + static_cast<std::ptrdiff_t>(span.weights);
                QVERIFY(std::abs(std::accumulate(begin, begin + span.count, 0.0) - 1.0) < 1e-5);
            }
        }
    }

    void aWholeCropOfAnEvenColourStaysEven()
    {
        ImageBuffer buffer(300, 200, 4);
        for (int y = 0; y < 200; ++y)
            for (int x = 0; x < 300; ++x)
                for (int c = 0; c < 4; ++c)
                    buffer.row8(y)[4 * x + c] = static_cast<std::uint8_t>(40 * (c + 1));
        const Image picture = std::move(buffer).share();
        for (const Size size : {Size{64, 64}, Size{512, 320}, Size{300, 33}}) {
            const Planes planes = cropToPlanes(picture, {0, 0, 300, 200}, size);
            QCOMPARE(planes.channels, 3);
            for (int c = 0; c < 3; ++c)
                for (std::size_t i = 0; i < planes.planeSize(); ++i)
                    QVERIFY(std::abs(planes.plane(c)[i] - static_cast<float>(40 * (c + 1)) / 255.0F) < 1e-5F);
        }
    }

    void shrinkingDoesNotAlias()
    {
        // Stripes finer than the target can show become grey, away from the cut at the border.
        Planes stripes(400, 40, 1);
        for (int y = 0; y < 40; ++y)
            for (int x = 0; x < 400; ++x)
                stripes.row(0, y)[x] = static_cast<float>(x % 2);
        const Planes small = resized(stripes, {90, 9});
        for (int x = 4; x < 86; ++x)
            QVERIFY(std::abs(small.row(0, 4)[x] - 0.5F) < 0.01F);
    }

    void aSmoothPictureSurvivesTheWayThereAndBack()
    {
        Planes smooth(128, 96, 1);
        for (int y = 0; y < 96; ++y)
            for (int x = 0; x < 128; ++x)
                smooth.row(0, y)[x] =
                    0.5F + 0.4F * std::sin(static_cast<float>(x) / 11.0F) * std::cos(static_cast<float>(y) / 9.0F);
        const Planes back = resized(resized(smooth, {200, 150}), {128, 96});
        for (int y = 6; y < 90; ++y)
            for (int x = 6; x < 122; ++x)
                QVERIFY(std::abs(back.row(0, y)[x] - smooth.row(0, y)[x]) < 0.005F);
    }

    void nothingIsShifted()
    {
        // A ramp stays a ramp: its middle is at the same relative place.
        Planes ramp(64, 4, 1);
        for (int y = 0; y < 4; ++y)
            for (int x = 0; x < 64; ++x)
                ramp.row(0, y)[x] = (static_cast<float>(x) + 0.5F) / 64.0F;
        const Planes large = resized(ramp, {160, 4});
        for (int x = 20; x < 140; ++x)
            QVERIFY(std::abs(large.row(0, 1)[x] - (static_cast<float>(x) + 0.5F) / 160.0F) < 0.003F);
    }

    void greyBecomesThreeEqualPlanes()
    {
        std::mt19937 random(10);
        const Planes planes = cropToPlanes(noisePicture({50, 40}, 2, 8, random), {0, 0, 50, 40}, {32, 32});
        QVERIFY(std::equal(planes.plane(0), planes.plane(1), planes.plane(1)));
        QVERIFY(std::equal(planes.plane(0), planes.plane(1), planes.plane(2)));
    }
};

QTEST_GUILESS_MAIN(ResampleTest)
#include "tst_resample.moc"
