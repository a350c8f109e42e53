// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/canny.h"
#include "tests/support/line_pictures.h"

#include <QTest>

#include <functional>
#include <random>

using namespace pentimento;

namespace {

constexpr int side = 24;

Planes painted(int channels, const std::function<float(int x, int y, int c)>& level)
{
    Planes picture(side, side, channels);
    for (int c = 0; c < channels; ++c) {
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x)
                picture.row(c, y)[x] = level(x, y, c) / 255.0F;
        }
    }
    return picture;
}

int edgesInRow(const Planes& edges, int y)
{
    int count = 0;
    for (int x = 0; x < edges.width; ++x)
        count += edges.row(0, y)[x] > 0 ? 1 : 0;
    return count;
}

int edgeCount(const Planes& edges)
{
    int count = 0;
    for (int y = 0; y < edges.height; ++y)
        count += edgesInRow(edges, y);
    return count;
}

} // namespace

class TestCanny : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void openCvFindsTheSame_data();
    void openCvFindsTheSame();
    void stepIsALineOfOnePixel();
    void diagonalIsThinAndUnbroken();
    void contrastDecides_data();
    void contrastDecides();
    void weakEdgesContinueStrongOnes();
    void noiseGivesNothing();
    void coloursOfOneGreyDiffer();
    void flatPictureHasNoFrame();
    void onePixelAlone();
};

void TestCanny::openCvFindsTheSame_data()
{
    QTest::addColumn<int>("index");
    QTest::addColumn<int>("noise");
    QTest::newRow("clean") << 0 << 1;
    QTest::newRow("grainy") << 1 << 30;
    QTest::newRow("noisy") << 2 << 90;
}

void TestCanny::openCvFindsTheSame()
{
    QFETCH(int, index);
    QFETCH(int, noise);
    const std::vector<int> expected = testing::openCvDrawing("canny", index);
    const Planes edges = cannyEdges(testing::linePicture(noise));
    QCOMPARE(edges.values.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        QCOMPARE(edges.values[i] > 0, expected[i] > 0);
    QVERIFY(edgeCount(edges) > 300);
}

void TestCanny::stepIsALineOfOnePixel()
{
    const Planes columns = cannyEdges(painted(1, [](int x, int, int) { return x < 10 ? 0.0F : 255.0F; }));
    const Planes rows = cannyEdges(painted(1, [](int, int y, int) { return y < 10 ? 0.0F : 255.0F; }));
    QCOMPARE(columns.channels, 1);
    for (int i = 0; i < side; ++i) {
        QCOMPARE(edgesInRow(columns, i), 1);
        QCOMPARE(columns.row(0, i)[9], 1.0F);
        QCOMPARE(edgesInRow(rows, i), i == 9 ? side : 0);
    }
}

void TestCanny::diagonalIsThinAndUnbroken()
{
    const Planes edges = cannyEdges(painted(1, [](int x, int y, int) { return x < y ? 0.0F : 255.0F; }));
    for (int y = 3; y < side - 3; ++y) {
        QVERIFY(edgesInRow(edges, y) >= 1 && edgesInRow(edges, y) <= 2);
        bool near = false;
        for (int x = y - 1; x <= y + 1; ++x)
            near = near || edges.row(0, y)[x] > 0;
        QVERIFY(near);
    }
}

void TestCanny::contrastDecides_data()
{
    QTest::addColumn<float>("levels");
    QTest::addColumn<int>("low");
    QTest::addColumn<int>("high");
    QTest::addColumn<bool>("seen");
    QTest::newRow("at the high threshold") << 50.0F << 100 << 200 << false;
    QTest::newRow("just above it") << 51.0F << 100 << 200 << true;
    QTest::newRow("between the thresholds") << 40.0F << 100 << 200 << false;
    QTest::newRow("lower thresholds") << 40.0F << 50 << 150 << true;
}

void TestCanny::contrastDecides()
{
    QFETCH(float, levels);
    QFETCH(int, low);
    QFETCH(int, high);
    QFETCH(bool, seen);
    const Planes picture = painted(1, [&](int x, int, int) { return x < 10 ? 100.0F : 100.0F + levels; });
    QCOMPARE(edgeCount(cannyEdges(picture, {low, high})), seen ? side : 0);
}

// A step that fades downwards: strong, then too weak to be seen alone (contrastDecides), then nothing.
void TestCanny::weakEdgesContinueStrongOnes()
{
    const auto contrast = [](int y) { return y < 8 ? 80.0F : y < 16 ? 40.0F : 20.0F; };
    const Planes edges = cannyEdges(painted(1, [&](int x, int y, int) { return x < 10 ? 100.0F : 100.0F + contrast(y); }));
    QCOMPARE(edges.row(0, 3)[9], 1.0F);
    QCOMPARE(edges.row(0, 12)[9], 1.0F);
    QCOMPARE(edges.row(0, 20)[9], 0.0F);
}

void TestCanny::noiseGivesNothing()
{
    std::mt19937 random(7);
    const Planes faint = painted(3, [&](int, int, int) { return 120.0F + static_cast<float>(random() % 12); });
    const Planes strong = painted(3, [&](int, int, int) { return 60.0F + static_cast<float>(random() % 120); });
    QCOMPARE(edgeCount(cannyEdges(faint)), 0);
    QVERIFY(edgeCount(cannyEdges(strong)) > side);
}

void TestCanny::coloursOfOneGreyDiffer()
{
    const Planes edges = cannyEdges(painted(3, [](int x, int, int c) { return (c == 0) == (x < 10) ? 200.0F : 100.0F; }));
    QCOMPARE(edgeCount(edges), side);
    QCOMPARE(edges.row(0, 5)[9], 1.0F);
}

void TestCanny::flatPictureHasNoFrame()
{
    QCOMPARE(edgeCount(cannyEdges(painted(3, [](int, int, int) { return 255.0F; }))), 0);
}

void TestCanny::onePixelAlone()
{
    QCOMPARE(edgeCount(cannyEdges(Planes(1, 1, 3))), 0);
}

QTEST_APPLESS_MAIN(TestCanny)
#include "tst_canny.moc"
