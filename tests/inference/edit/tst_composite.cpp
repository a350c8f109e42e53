// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/composite.h"

#include "tests/support/pictures.h"

#include <QtTest>

#include <cmath>

using namespace pentimento;

namespace {

int sampleAt(const Image& image, int x, int y, int c)
{
    const int i = x * image.channels + c;
    return image.bits == 16 ? image.row16(y)[i] : image.row8(y)[i];
}

Planes evenResult(Size size, float red, float green, float blue)
{
    Planes planes(size.width, size.height, 3);
    const float values[3] = {red, green, blue};
    for (int c = 0; c < 3; ++c)
        std::fill_n(planes.plane(c), planes.planeSize(), values[c]);
    return planes;
}

Image pasted(const Image& picture, const Patch& patch)
{
    ImageBuffer buffer = copyImage(picture);
    pastePatch(buffer.data.get(), buffer.stride, picture.size(), patch);
    return std::move(buffer).share();
}

} // namespace

class CompositeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFormat_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("bits");
        for (const int bits : {8, 16})
            for (int channels = 1; channels <= 4; ++channels)
                QTest::addRow("%d channels, %d bits", channels, bits) << channels << bits;
    }

    /// The promise of the program: outside the paste mask the bytes are the old ones, inside they are the result's.
    void everyFormat()
    {
        QFETCH(int, channels);
        QFETCH(int, bits);
        std::mt19937 random(12);
        ModelInfo model;
        model.unetDownsamplings = 3;
        const Size size{170, 140};
        const Image picture = noisePicture(size, channels, bits, random);
        const Image mask = rectMask(size, {60, 50, 40, 30});
        const EditPlan plan = std::get<EditPlan>(planEdit(size, mask, {}, Mode::Fill, 1.0, model));
        const Patch patch = makePatch(picture, plan, evenResult(plan.working, 0.2F, 0.6F, 0.8F));
        const Image after = pasted(picture, patch);

        const int largest = bits == 16 ? 65535 : 255;
        const float luminance = 0.299F * 0.2F + 0.587F * 0.6F + 0.114F * 0.8F;
        const float color[3] = {channels < 3 ? luminance : 0.2F, 0.6F, 0.8F};
        int untouched = 0, replaced = 0;
        for (int y = 0; y < size.height; ++y) {
            for (int x = 0; x < size.width; ++x) {
                const bool inside = intersected(plan.crop, {x, y, 1, 1}) == Rect{x, y, 1, 1};
                const int alpha = inside ? plan.paste.row8(y - plan.crop.y)[x - plan.crop.x] : 0;
                for (int c = 0; c < channels; ++c) {
                    const int before = sampleAt(picture, x, y, c), now = sampleAt(after, x, y, c);
                    const bool isAlpha = picture.hasAlpha() && c == channels - 1;
                    if (alpha == 0 || isAlpha) {
                        QCOMPARE(now, before);
                        ++untouched;
                        continue;
                    }
                    const double result = std::floor(static_cast<double>(color[c]) * largest + 0.5);
                    const double exact = before + (result - before) * alpha / 255.0;
                    QVERIFY(std::abs(now - exact) <= 0.5 + 1e-9);
                    replaced += alpha == 255 ? 1 : 0;
                }
            }
        }
        QVERIFY(untouched > 1000 && replaced > 1000);
    }

    void thePatchIsNoLargerThanThePasteMask()
    {
        std::mt19937 random(13);
        ModelInfo model;
        const Size size{900, 700};
        EditOptions exact;
        exact.grow = exact.feather = 0;
        const EditPlan plan =
            std::get<EditPlan>(planEdit(size, rectMask(size, {300, 200, 33, 44}), exact, Mode::Fill, 1.0, model));
        const Patch patch = makePatch(noisePicture(size, 3, 8, random), plan, evenResult(plan.working, 0.0F, 0.0F, 0.0F));
        QVERIFY((patch.rect == Rect{300, 200, 33, 44}));
        QVERIFY((patch.pixels.size() == Size{33, 44} && patch.alpha.size() == Size{33, 44}));
    }

    void aResultAtTheCropsSizeIsTakenPixelByPixel()
    {
        std::mt19937 random(14);
        const Image picture = noisePicture({64, 64}, 3, 8, random), other = noisePicture({64, 64}, 3, 8, random);
        EditPlan plan;
        plan.crop = {0, 0, 64, 64};
        plan.working = {64, 64};
        plan.paste = rectMask({64, 64}, {10, 20, 30, 20});
        Planes result(64, 64, 3);
        for (int y = 0; y < 64; ++y)
            for (int x = 0; x < 64; ++x)
                for (int c = 0; c < 3; ++c)
                    result.row(c, y)[x] = static_cast<float>(sampleAt(other, x, y, c)) / 255.0F;
        const Patch patch = makePatch(picture, plan, result);
        QVERIFY(samePixels(patch.pixels, subImage(other, {10, 20, 30, 20})));
    }

    void valuesOutOfRangeAreCut()
    {
        std::mt19937 random(15);
        const Image picture = noisePicture({16, 16}, 3, 16, random);
        EditPlan plan;
        plan.crop = {0, 0, 16, 16};
        plan.working = {16, 16};
        plan.paste = rectMask({16, 16}, {0, 0, 16, 16});
        const Patch patch = makePatch(picture, plan, evenResult({16, 16}, -3.0F, 1e9F, std::nanf("")));
        QCOMPARE(int{patch.pixels.row16(7)[21]}, 0);
        QCOMPARE(int{patch.pixels.row16(7)[22]}, 65535);
        QCOMPARE(int{patch.pixels.row16(7)[23]}, 0);
    }

    void aPatchBeyondTheBorderIsCut()
    {
        std::mt19937 random(16);
        const Image picture = noisePicture({20, 20}, 1, 8, random);
        const Patch patch{{15, -3, 10, 10}, rectMask({10, 10}, {0, 0, 10, 10}, 9), rectMask({10, 10}, {0, 0, 10, 10})};
        const Image after = pasted(picture, patch);
        QCOMPARE(int{after.row8(0)[15]}, 9);
        QCOMPARE(int{after.row8(6)[19]}, 9);
        QCOMPARE(after.row8(7)[19], picture.row8(7)[19]);
        QCOMPARE(after.row8(0)[14], picture.row8(0)[14]);
    }
};

QTEST_GUILESS_MAIN(CompositeTest)
#include "tst_composite.moc"
