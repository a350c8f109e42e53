// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/mask_edit.h"

#include "tests/support/pictures.h"

#include <QtTest>

#include <algorithm>

using namespace pentimento;

namespace {

int clampedAt(const Image& mask, int x, int y)
{
    return mask.row8(std::clamp(y, 0, mask.height - 1))[std::clamp(x, 0, mask.width - 1)];
}

/// The definition, pixel by pixel.
template <typename Pick> int extremeAt(const Image& mask, int x, int y, int radius, Pick pick)
{
    int value = clampedAt(mask, x, y);
    for (int v = y - radius; v <= y + radius; ++v)
        for (int u = x - radius; u <= x + radius; ++u)
            value = pick(value, clampedAt(mask, u, v));
    return value;
}

} // namespace

class MaskEditTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void extremesAreThoseOfTheSquare()
    {
        std::mt19937 random(1);
        for (int round = 0; round < 40; ++round) {
            const Size size{randomInt(random, 1, 90), randomInt(random, 1, 90)};
            const Image mask = noisePicture(size, 1, 8, random);
            const int radius = randomInt(random, 0, 12);
            const Image larger = dilated(mask, radius), smaller = eroded(mask, radius);
            for (int i = 0; i < 60; ++i) {
                const int x = randomInt(random, 0, size.width - 1), y = randomInt(random, 0, size.height - 1);
                const auto maximum = extremeAt(mask, x, y, radius, [](int a, int b) { return std::max(a, b); });
                const auto minimum = extremeAt(mask, x, y, radius, [](int a, int b) { return std::min(a, b); });
                QCOMPARE(int{larger.row8(y)[x]}, maximum);
                QCOMPARE(int{smaller.row8(y)[x]}, minimum);
            }
        }
    }

    void tentOfAPointIsATent()
    {
        const int radius = 4;
        const Image point = rectMask({31, 31}, {15, 15, 1, 1}, 255);
        const Image blurred = tentBlurred(point, radius);
        // Along an axis through the point the other direction contributes its peak, 1 / (radius + 1). Each direction
        // is rounded to whole values once.
        for (int d = 0; d <= radius; ++d) {
            const double expected = 255.0 * (radius + 1 - d) / 25.0 / 5.0;
            QVERIFY(std::abs(blurred.row8(15)[15 + d] - expected) <= 1.0);
            QCOMPARE(blurred.row8(15)[15 + d], blurred.row8(15)[15 - d]);
        }
        QCOMPARE(int{blurred.row8(15)[15 + radius + 1]}, 0);
    }

    void tentKeepsEvenMasksAndRamps()
    {
        const Image even = rectMask({130, 70}, {0, 0, 130, 70}, 200);
        QVERIFY(samePixels(tentBlurred(even, 9), even));
        ImageBuffer ramp(101, 5, 1);
        for (int y = 0; y < 5; ++y)
            for (int x = 0; x < 101; ++x)
                ramp.row8(y)[x] = static_cast<std::uint8_t>(2 * x);
        const Image before = std::move(ramp).share();
        const Image after = tentBlurred(before, 7);
        for (int x = 7; x < 101 - 7; ++x)
            QCOMPARE(int{after.row8(2)[x]}, 2 * x);
    }

    void boundsHoldExactlyWhatIsPainted()
    {
        std::mt19937 random(2);
        for (int round = 0; round < 50; ++round) {
            const Rect rect{randomInt(random, 0, 30), randomInt(random, 0, 30), randomInt(random, 1, 30),
                            randomInt(random, 1, 30)};
            QVERIFY(maskBounds(rectMask({64, 64}, rect, 128), maskThreshold) == rect);
            QVERIFY(maskBounds(rectMask({64, 64}, rect, 127), maskThreshold).empty());
        }
    }

    void thicknessIsThatOfTheStrokeNotOfTheBox()
    {
        const auto thickness = [](const Rect& rect) { return maskThickness(rectMask({600, 600}, rect)); };
        QCOMPARE(thickness({20, 20, 100, 100}), 100.0);
        QCOMPARE(thickness({0, 0, 600, 600}), 600.0);
        QVERIFY(std::abs(thickness({50, 300, 500, 10}) - 20.0) < 0.5);
        QCOMPARE(thickness({}), 0.0);
    }

    void shrinkingNeverLosesAPixel()
    {
        std::mt19937 random(3);
        for (int round = 0; round < 200; ++round) {
            const Size size{randomInt(random, 8, 200), randomInt(random, 8, 200)};
            const int x = randomInt(random, 0, size.width - 1), y = randomInt(random, 0, size.height - 1);
            const Planes small = resizedMask(rectMask(size, {x, y, 1, 1}), {8, 8});
            QVERIFY(small.row(0, y * 8 / size.height)[x * 8 / size.width] == 1.0F);
            // One pixel touches at most two cells in each direction.
            QVERIFY(std::count(small.values.begin(), small.values.end(), 1.0F) <= 4);
        }
    }

    void enlargingTakesTheNearest()
    {
        const Planes large = resizedMask(rectMask({4, 4}, {1, 2, 1, 1}), {16, 16});
        for (int y = 0; y < 16; ++y)
            for (int x = 0; x < 16; ++x)
                QCOMPARE(large.row(0, y)[x], x / 4 == 1 && y / 4 == 2 ? 1.0F : 0.0F);
    }
};

QTEST_GUILESS_MAIN(MaskEditTest)
#include "tst_mask_edit.moc"
