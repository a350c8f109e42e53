// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/grain_match.h"

#include "tests/support/pictures.h"

#include <QtTest>

#include <cmath>
#include <functional>

using namespace pentimento;

namespace {

constexpr Size size{512, 384};
constexpr Rect hole{150, 110, 200, 160};

/// A grey picture of 16 bits by a formula of column and row, 0..1.
Image pictureOf(const std::function<double(int, int)>& value)
{
    ImageBuffer picture(size.width, size.height, 1, 16);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x)
            picture.row16(y)[x] = static_cast<std::uint16_t>(std::clamp(value(x, y), 0.0, 1.0) * 65535 + 0.5);
    }
    return std::move(picture).share();
}

EditPlan planOf(const Rect& painted)
{
    EditPlan plan;
    plan.painted = painted;
    plan.crop = {0, 0, size.width, size.height};
    plan.working = size;
    plan.paste = rectMask(size, painted);
    return plan;
}

Planes resultOf(Size working, const std::function<double(int, int)>& value)
{
    Planes planes(working.width, working.height, 3);
    for (int y = 0; y < working.height; ++y) {
        for (int x = 0; x < working.width; ++x) {
            const auto grey = static_cast<float>(value(x, y));
            for (int c = 0; c < 3; ++c)
                planes.row(c, y)[x] = grey;
        }
    }
    return planes;
}

/// Normal noise of mean 0 and this deviation.
class Noise {
public:
    explicit Noise(double deviation) : m_distribution(0, deviation) {}
    double operator()() { return m_distribution(m_random); }

private:
    std::mt19937 m_random{7};
    std::normal_distribution<double> m_distribution;
};

double meanProduct(const Planes& plane, const Rect& rect, int shift)
{
    double sum = 0;
    for (int y = rect.y; y < rect.bottom(); ++y) {
        for (int x = rect.x; x + shift < rect.right(); ++x)
            sum += static_cast<double>(plane.row(0, y)[x]) * plane.row(0, y)[x + shift];
    }
    return sum / rect.height / (rect.width - shift);
}

double deviation(const Planes& plane, const Rect& rect)
{
    return std::sqrt(meanProduct(plane, rect, 0));
}

constexpr Rect whole{0, 0, hole.width, hole.height};

} // namespace

class GrainMatchTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void strengthIsThatOfTheSurroundings_data()
    {
        QTest::addColumn<double>("strength");
        QTest::addColumn<int>("working"); // width
        for (const double strength : {0.005, 0.02, 0.06}) {
            for (const int working : {512, 256})
                QTest::addRow("%g worked at %d", strength, working) << strength << working;
        }
    }

    void strengthIsThatOfTheSurroundings()
    {
        QFETCH(double, strength);
        QFETCH(int, working);
        Noise noise(strength);
        const Image picture = pictureOf([&](int x, int) { return 0.3 + 0.4 * x / size.width + noise(); });
        const Planes result = resultOf({working, working * 3 / 4}, [&](int x, int) { return 0.3 + 0.4 * (x + 0.5) / working; });
        const Planes grain = matchingGrain(picture, planOf(hole), result, 1);
        QCOMPARE(grain.width, hole.width);
        QCOMPARE(grain.height, hole.height);
        const double got = deviation(grain, whole);
        QVERIFY2(got > 0.8 * strength && got < 1.1 * strength, qPrintable(QString::number(got)));
    }

    // Half over each other, tiles neither thin out nor pile up anywhere.
    void thereAreNoSeams()
    {
        Noise noise(0.04);
        const Planes grain = matchingGrain(pictureOf([&](int, int) { return 0.5 + noise(); }), planOf(hole),
                                           resultOf(size, [](int, int) { return 0.5; }), 1);
        for (int phase = 0; phase < 16; phase += 4) {
            double sum = 0;
            int rows = 0;
            for (int y = phase; y + 4 <= hole.height; y += 16, ++rows)
                sum += meanProduct(grain, {0, y, hole.width, 4}, 0);
            QVERIFY(std::abs(std::sqrt(sum / rows) / deviation(grain, whole) - 1) < 0.1);
        }
    }

    // White noise stays white, and grain of several pixels keeps its size.
    void kindIsThatOfTheSurroundings()
    {
        const auto correlation = [](int blur) {
            Noise noise(0.05);
            std::vector<double> line(size.width + blur);
            int row = -1;
            const Image picture = pictureOf([&](int x, int y) {
                if (y != row) {
                    row = y;
                    std::generate(line.begin(), line.end(), [&] { return noise(); });
                }
                double sum = 0;
                for (int i = 0; i < blur; ++i)
                    sum += line[static_cast<std::size_t>(x + i)];
                return 0.5 + sum / blur;
            });
            const Planes grain = matchingGrain(picture, planOf(hole), resultOf(size, [](int, int) { return 0.5; }), 1);
            return meanProduct(grain, whole, 1) / meanProduct(grain, whole, 0);
        };
        QVERIFY(std::abs(correlation(1)) < 0.1);
        QVERIFY(std::abs(correlation(3) - 2.0 / 3) < 0.1);
    }

    // Shadows and lights have grain of their own.
    void brightnessDecides()
    {
        Noise noise(1);
        const auto smooth = [](int x, int) { return x < size.width / 2 ? 0.2 : 0.8; };
        const Image picture =
            pictureOf([&](int x, int y) { return smooth(x, y) + noise() * (smooth(x, y) < 0.5 ? 0.05 : 0.005); });
        const Planes grain = matchingGrain(picture, planOf(hole), resultOf(size, smooth), 1);
        const int border = size.width / 2 - hole.x;
        QVERIFY(deviation(grain, {0, 0, border - 32, hole.height}) > 0.03);
        QVERIFY(deviation(grain, {border + 32, 0, hole.width - border - 32, hole.height}) < 0.008);
    }

    // A drawing has none, whatever noise the model put into its flat areas; nor does a result that lost nothing.
    void nothingIsMadeUp()
    {
        Noise noise(0.02);
        const Planes noisy = resultOf(size, [&](int, int) { return 0.5 + noise(); });
        QCOMPARE(deviation(matchingGrain(pictureOf([](int, int) { return 0.5; }), planOf(hole), noisy, 1), whole), 0.0);
        const Image picture = pictureOf([&](int x, int y) { return noisy.row(0, y)[x]; });
        QVERIFY(deviation(matchingGrain(picture, planOf(hole), noisy, 1), whole) < 1e-4);
    }

    void nothingAround()
    {
        Noise noise(0.02);
        const Image picture = pictureOf([&](int, int) { return 0.5 + noise(); });
        const Planes result = resultOf(size, [](int, int) { return 0.5; });
        const Planes grain = matchingGrain(picture, planOf({10, 10, size.width - 20, size.height - 20}), result, 1);
        QCOMPARE(grain.width, size.width - 20);
        QCOMPARE(std::count(grain.values.begin(), grain.values.end(), 0.0F), static_cast<std::ptrdiff_t>(grain.values.size()));
    }

    void seedDecides()
    {
        Noise noise(0.02);
        const Image picture = pictureOf([&](int, int) { return 0.5 + noise(); });
        const Planes result = resultOf(size, [](int, int) { return 0.5; });
        const std::vector<float> first = matchingGrain(picture, planOf(hole), result, 5).values;
        QVERIFY(first == matchingGrain(picture, planOf(hole), result, 5).values);
        QVERIFY(first != matchingGrain(picture, planOf(hole), result, 6).values);
    }

    void numbersThatAreNone()
    {
        const Image picture = pictureOf([](int x, int y) { return (x * 7 + y * 13) % 10 / 10.0; });
        const Planes grain = matchingGrain(picture, planOf(hole), resultOf(size, [](int, int) { return std::nan(""); }), 1);
        QCOMPARE(deviation(grain, whole), 0.0);
    }
};

QTEST_APPLESS_MAIN(GrainMatchTest)
#include "tst_grain_match.moc"
