// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/color_match.h"

#include <QTest>

#include <cmath>

using namespace pentimento;

/// A drift of the model's colours goes, what it painted stays.
class TestColorMatch : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesAShiftAway();
    void followsAShiftThatVaries();
    void leavesContentAlone();
    void neverShiftsFar();
    void doesNothingWithoutKnownPixels();

private:
    static constexpr int side = 64, cell = 4;
    static constexpr float level = 1.0F / 255.0F;

    static bool inHole(int x, int y) { return x >= 20 && x < 45 && y >= 17 && y < 40; }
    static Planes hole()
    {
        Planes mask(side, side, 1);
        for (int y = 0; y < side; ++y)
            for (int x = 0; x < side; ++x)
                mask.row(0, y)[x] = inHole(x, y) ? 1.0F : 0.0F;
        return mask;
    }
    static Planes texture()
    {
        Planes picture(side, side, 3);
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < side; ++y)
                for (int x = 0; x < side; ++x)
                    picture.row(c, y)[x] =
                        0.5F + 0.2F * std::sin(0.7F * static_cast<float>(x + c) + 0.4F * static_cast<float>(y));
        return picture;
    }
    static float largestDifference(const Planes& a, const Planes& b)
    {
        float largest = 0;
        for (std::size_t i = 0; i < a.values.size(); ++i)
            largest = std::max(largest, std::abs(a.values[i] - b.values[i]));
        return largest;
    }
};

void TestColorMatch::takesAShiftAway()
{
    const Planes picture = texture();
    Planes result = picture;
    for (float& value : result.values)
        value += 5 * level;
    QVERIFY(largestDifference(colorMatched(result, picture, hole(), cell), picture) < 0.05F * level);
}

void TestColorMatch::followsAShiftThatVaries()
{
    const Planes picture = texture();
    Planes result = picture;
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
            result.row(1, y)[x] += 6 * level * static_cast<float>(x) / side;
    QVERIFY(largestDifference(colorMatched(result, picture, hole(), cell), picture) < 2 * level);
}

// Whatever lies in the hole and beside it is no drift.
void TestColorMatch::leavesContentAlone()
{
    const Planes picture = texture();
    Planes result = picture;
    for (int c = 0; c < 3; ++c)
        for (int y = 16; y < 41; ++y)
            for (int x = 19; x < 46; ++x)
                result.row(c, y)[x] = 0.9F;
    QVERIFY(largestDifference(colorMatched(result, picture, hole(), cell), result) < 0.05F * level);
}

void TestColorMatch::neverShiftsFar()
{
    const Planes picture = texture();
    Planes result = picture;
    for (float& value : result.values)
        value = 0.0F;
    const float shift = largestDifference(colorMatched(result, picture, hole(), cell), result);
    QVERIFY(shift > 7.9F * level && shift < 8.1F * level);
}

void TestColorMatch::doesNothingWithoutKnownPixels()
{
    Planes mask(side, side, 1), result(side, side, 3);
    mask.values.assign(mask.values.size(), 1.0F);
    result.values.assign(result.values.size(), 0.3F);
    QCOMPARE(colorMatched(result, texture(), mask, cell).values, result.values);
}

QTEST_APPLESS_MAIN(TestColorMatch)
#include "tst_color_match.moc"
