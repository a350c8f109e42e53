// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/line_drawing.h"
#include "tests/support/line_pictures.h"

#include <QTest>

#include <cmath>

using namespace pentimento;
using namespace pentimento::testing;

namespace {

/// A dark stroke of `depth` levels, three pixels wide, on grey paper.
Planes stroke(float depth)
{
    Planes picture(48, 32, 3);
    std::fill(picture.values.begin(), picture.values.end(), 200.0F / 255);
    for (int c = 0; c < 3; ++c) {
        for (int y = 14; y < 17; ++y)
            std::fill_n(picture.row(c, y), picture.width, (200 - depth) / 255);
    }
    return picture;
}

} // namespace

class TestLineDrawing : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void openCvDrawsTheSame_data();
    void openCvDrawsTheSame();
    void strokesComeOutWhite();
    void flatPictureIsBlack();
    void contrastIsEvenedOut();
    void blurKeepsTheMean_data();
    void blurKeepsTheMean();
};

void TestLineDrawing::openCvDrawsTheSame_data()
{
    QTest::addColumn<int>("index");
    QTest::addColumn<int>("noise");
    QTest::newRow("clean") << 0 << 1;
    QTest::newRow("grainy") << 1 << 30;
    QTest::newRow("noisy") << 2 << 90;
}

void TestLineDrawing::openCvDrawsTheSame()
{
    QFETCH(int, index);
    QFETCH(int, noise);
    const Planes picture = linePicture(noise), soft = lineart(picture), hard = scribble(picture);
    const std::vector<int> softExpected = openCvDrawing("lineart", index), hardExpected = openCvDrawing("scribble", index);
    int different = 0;
    for (std::size_t i = 0; i < softExpected.size(); ++i) {
        const float value = soft.values[i] * 255;
        // It cuts what is behind the point.
        QVERIFY(value > static_cast<float>(softExpected[i]) - 0.05F && value < static_cast<float>(softExpected[i]) + 1.05F);
        different += (hard.values[i] > 0) != (hardExpected[i] > 0) ? 1 : 0;
    }
    QVERIFY2(different <= 1, qPrintable(QString::number(different)));
}

void TestLineDrawing::strokesComeOutWhite()
{
    const Planes soft = lineart(stroke(120)), hard = scribble(stroke(120));
    QCOMPARE(soft.channels, 1);
    for (int x = 0; x < 48; ++x) {
        QVERIFY(soft.row(0, 15)[x] > 0.4F);
        QCOMPARE(hard.row(0, 15)[x], 1.0F);
        for (const int y : {2, 28}) {
            QVERIFY(soft.row(0, y)[x] < 0.02F);
            QCOMPARE(hard.row(0, y)[x], 0.0F);
        }
    }
}

void TestLineDrawing::flatPictureIsBlack()
{
    for (const Planes& drawing : {lineart(stroke(0)), scribble(stroke(0))})
        QVERIFY(std::all_of(drawing.values.begin(), drawing.values.end(), [](float value) { return value < 1e-4F; }));
}

// A stroke is as bright whether it was drawn in pencil or in ink, but for the faintest.
void TestLineDrawing::contrastIsEvenedOut()
{
    const auto brightness = [](float depth) { return lineart(stroke(depth)).row(0, 15)[20]; };
    QVERIFY(std::abs(brightness(60) - brightness(120)) < 0.01F);
    QVERIFY(brightness(5) < brightness(60) / 3);
}

void TestLineDrawing::blurKeepsTheMean_data()
{
    QTest::addColumn<int>("side");
    QTest::newRow("larger than the kernel") << 40;
    QTest::newRow("smaller") << 3;
    QTest::newRow("one pixel") << 1;
}

void TestLineDrawing::blurKeepsTheMean()
{
    QFETCH(int, side);
    Planes flat(side, side, 1), dot = flat;
    std::fill(flat.values.begin(), flat.values.end(), 0.3F);
    for (const float value : gaussianBlurred(flat, 5).values)
        QVERIFY(std::abs(value - 0.3F) < 1e-5F);
    if (side < 40)
        return;
    dot.row(0, 20)[20] = 1;
    const Planes blurred = gaussianBlurred(dot, 2);
    float sum = 0;
    for (const float value : blurred.values)
        sum += value;
    QVERIFY(std::abs(sum - 1) < 1e-4F);
    QVERIFY(std::abs(blurred.row(0, 20)[20] - 1 / (2 * 3.14159265F * 4)) < 1e-3F);
    QCOMPARE(blurred.row(0, 17)[22], blurred.row(0, 22)[17]);
}

QTEST_APPLESS_MAIN(TestLineDrawing)
#include "tst_line_drawing.moc"
