// SPDX-License-Identifier: Apache-2.0
#include "inference/api/edit_plan.h"

#include "inference/edit/mask_edit.h"
#include "tests/support/pictures.h"

#include <QtTest>

using namespace pentimento;

namespace {

ModelInfo stableDiffusion()
{
    ModelInfo model;
    model.unetDownsamplings = 3;
    return model; // factor 8, native 512
}

EditPlan planned(Size picture, const Image& mask, const EditOptions& options = {}, double strength = 1.0,
                 const ModelInfo& model = stableDiffusion(), Mode mode = Mode::Erase)
{
    auto plan = planEdit(picture, mask, options, mode, strength, model);
    if (const auto* error = std::get_if<Error>(&plan))
        qFatal("%s", formatError(*error).c_str());
    return std::get<EditPlan>(std::move(plan));
}

ErrorCode refusal(Size picture, const Image& mask, const EditOptions& options)
{
    const auto plan = planEdit(picture, mask, options, Mode::Fill, 1.0, stableDiffusion());
    const auto* error = std::get_if<Error>(&plan);
    return error ? error->code : ErrorCode::Internal;
}

bool contains(const Rect& outer, const Rect& inner)
{
    return intersected(outer, inner) == inner;
}

} // namespace

class EditPlanTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Whatever is painted where, in whatever picture.
    void everyPlanIsSound()
    {
        std::mt19937 random(4);
        for (int round = 0; round < 120; ++round) {
            const Size picture{randomInt(random, 1, 1500), randomInt(random, 1, 1100)};
            const int width = randomInt(random, 1, picture.width), height = randomInt(random, 1, picture.height);
            const Rect painted{randomInt(random, 0, picture.width - width), randomInt(random, 0, picture.height - height), width,
                               height};
            const Image mask = rectMask(picture, painted);
            const double strength = round % 3 == 0 ? 0.5 : 1.0;
            const EditPlan plan = planned(picture, mask, {}, strength);

            QVERIFY(plan.painted == painted);
            QVERIFY(contains({0, 0, picture.width, picture.height}, plan.crop));
            QVERIFY(contains(plan.crop, painted));
            QCOMPARE(plan.working.width % 64, 0);
            QCOMPARE(plan.working.height % 64, 0);
            QVERIFY(std::max(plan.working.width, plan.working.height) >= 512);
            QVERIFY(std::max(plan.working.width, plan.working.height) <= 768);
            QVERIFY(plan.denoise.size() == plan.crop.size() && plan.paste.size() == plan.crop.size());

            for (int y = 0; y < plan.crop.height; ++y) {
                for (int x = 0; x < plan.crop.width; ++x) {
                    const int u = x + plan.crop.x, v = y + plan.crop.y;
                    const int beyond =
                        std::max({painted.x - u, u - (painted.right() - 1), painted.y - v, v - (painted.bottom() - 1)});
                    const int paste = plan.paste.row8(y)[x], denoise = plan.denoise.row8(y)[x];
                    if (paste > 0 && denoise == 0)
                        QFAIL("a pixel is pasted that was not denoised");
                    if (beyond <= 0 && (paste != 255 || denoise != 255))
                        QFAIL("a painted pixel is not replaced");
                    if (beyond > plan.rim && (paste != 0 || denoise != 0))
                        QFAIL("the masks reach beyond the rim");
                }
            }
        }
    }

    void theCropHoldsTheWholeDenoiseMask()
    {
        // A crop of the whole picture shows all of the mask; the automatic one must not have less.
        const Size picture{1200, 900};
        const Image mask = rectMask(picture, {700, 50, 90, 140});
        EditOptions whole;
        whole.crop.kind = CropKind::None;
        const EditPlan all = planned(picture, mask, whole), automatic = planned(picture, mask);
        const Rect expected = maskBounds(all.denoise, 0);
        Rect found = maskBounds(automatic.denoise, 0);
        found.x += automatic.crop.x;
        found.y += automatic.crop.y;
        QVERIFY(found == expected);
        QVERIFY(automatic.crop.width < picture.width);
    }

    void withoutGrowAndFeatherThePasteMaskIsThePaintedOne()
    {
        std::mt19937 random(5);
        EditOptions exact;
        exact.grow = 0;
        exact.feather = 0;
        for (int round = 0; round < 20; ++round) {
            const Size picture{randomInt(random, 20, 300), randomInt(random, 20, 300)};
            const Image mask = noisePicture(picture, 1, 8, random);
            const EditPlan plan = planned(picture, mask, exact);
            const Image painted = binaryMask(subImage(mask, plan.crop), maskThreshold);
            QVERIFY(samePixels(plan.paste, painted));
            QVERIFY(samePixels(plan.denoise, painted));
            QCOMPARE(plan.rim, 0);
        }
    }

    void thePasteMaskFallsSteadilyFromThePaintedEdge()
    {
        const Size picture{900, 900};
        const EditPlan plan = planned(picture, rectMask(picture, {400, 400, 100, 100}));
        const int y = 450 - plan.crop.y;
        int last = 255, steps = 0;
        for (int x = 499 - plan.crop.x; x < plan.crop.width; ++x) {
            const int value = plan.paste.row8(y)[x];
            QVERIFY(value <= last);
            steps += value < last ? 1 : 0;
            last = value;
        }
        QCOMPARE(last, 0);
        QVERIFY(steps >= 10); // a soft edge, no cliff
    }

    void aFeatherWithoutGrowthStartsFullAtThePaintedEdge()
    {
        EditOptions options;
        options.grow = 0;
        options.feather = 20;
        const Size picture{700, 700};
        const EditPlan plan = planned(picture, rectMask(picture, {300, 300, 100, 100}), options);
        const std::uint8_t* row = plan.paste.row8(350 - plan.crop.y) + 399 - plan.crop.x;
        QCOMPARE(int{row[0]}, 255);
        QVERIFY(row[1] > 200); // the very next pixel is hardly less
        QCOMPARE(int{row[11]}, 0);
    }

    void removingAnObjectTakesItsRimToo()
    {
        // 4 px around the painted area are fully replaced: anti-aliasing, sharpening halos, JPEG ringing.
        const Size picture{2000, 1500};
        const EditPlan plan = planned(picture, rectMask(picture, {800, 600, 300, 300}));
        const std::uint8_t* row = plan.paste.row8(750 - plan.crop.y) + 1100 - plan.crop.x;
        QCOMPARE(int{row[3]}, 255);
        QVERIFY(plan.rim <= 40);
    }

    void aLongScratchGetsANarrowRim()
    {
        const Size picture{2000, 1500};
        QVERIFY(planned(picture, rectMask(picture, {100, 700, 1800, 8})).rim <= 12);
    }

    void softMasksKeepTheirGreyValues()
    {
        std::mt19937 random(6);
        const Size picture{120, 80};
        const Image mask = noisePicture(picture, 1, 8, random);
        EditOptions soft;
        soft.softMask = true;
        const EditPlan plan = planned(picture, mask, soft);
        QVERIFY(samePixels(plan.paste, subImage(mask, plan.crop)));
        QVERIFY(samePixels(plan.denoise, subImage(mask, plan.crop)));
    }

    void anAutomaticCropHasTheWorkingProportions()
    {
        std::mt19937 random(7);
        for (int round = 0; round < 100; ++round) {
            const Size picture{4000, 3000};
            const Rect painted{randomInt(random, 0, 3000), randomInt(random, 0, 2000), randomInt(random, 1, 900),
                               randomInt(random, 1, 900)};
            const EditPlan plan = planned(picture, rectMask(picture, painted));
            const double x = static_cast<double>(plan.working.width) / plan.crop.width;
            const double y = static_cast<double>(plan.working.height) / plan.crop.height;
            QVERIFY(std::abs(x / y - 1.0) < 0.005);
            QVERIFY(std::max(plan.crop.width, plan.crop.height) >= 512);
        }
    }

    void smallHolesAreWorkedAtNativeSizeLargeOnesUpToTheMaximum()
    {
        ModelInfo model = stableDiffusion();
        model.vaeFactor = 4;
        model.nativeSize = 256;
        model.modes[Mode::Erase].maxSize = 512;
        model.modes[Mode::Fill].maxSize = 256;
        const Size picture{4000, 3000};
        const Image spot = rectMask(picture, {2000, 1500, 30, 30});
        const Image large = rectMask(picture, {1000, 800, 1200, 1200});
        QVERIFY((planned(picture, spot, {}, 1, model).working == Size{256, 256}));
        QVERIFY((planned(picture, spot, {}, 1, model).crop.size() == Size{256, 256}));
        QVERIFY((planned(picture, large, {}, 1, model).working == Size{512, 512}));
        QVERIFY((planned(picture, large, {}, 1, model, Mode::Fill).working == Size{256, 256}));
    }

    void aSmallPictureIsTakenWhole()
    {
        const EditPlan plan = planned({200, 150}, rectMask({200, 150}, {50, 50, 20, 20}));
        QVERIFY((plan.crop == Rect{0, 0, 200, 150}));
        QVERIFY((plan.working == Size{512, 384}));
    }

    void askedSizesAndCropsAreObeyed()
    {
        const Size picture{1000, 800};
        const Image mask = rectMask(picture, {400, 300, 100, 100});
        EditOptions options;
        options.size = Size{640, 0};
        QCOMPARE(planned(picture, mask, options).working.width, 640);
        options.size = Size{512, 320};
        QVERIFY((planned(picture, mask, options).working == Size{512, 320}));
        options.size.reset();
        options.crop = {CropKind::Exact, {350, 250, 333, 277}};
        QVERIFY((planned(picture, mask, options).crop == Rect{350, 250, 333, 277}));
        options.crop = {};
        options.padding = 0;
        const EditPlan tight = planned(picture, mask, options);
        QVERIFY(tight.crop.width <= 100 + 2 * tight.rim + 1);
    }

    void impossibleRequestsAreRefused()
    {
        const Size picture{300, 200};
        const Image mask = rectMask(picture, {10, 10, 20, 20});
        QCOMPARE(refusal(picture, rectMask(picture, {}), {}), ErrorCode::BadInput);
        QCOMPARE(refusal(picture, rectMask({200, 300}, {0, 0, 5, 5}), {}), ErrorCode::BadInput);
        QCOMPARE(refusal(picture, Image{}, {}), ErrorCode::BadInput);
        const auto with = [&](auto change) {
            EditOptions options;
            change(options);
            return refusal(picture, mask, options);
        };
        QCOMPARE(with([](EditOptions& o) { o.grow = -1; }), ErrorCode::Usage);
        QCOMPARE(with([](EditOptions& o) { o.feather = 100000; }), ErrorCode::Usage);
        QCOMPARE(with([](EditOptions& o) { o.padding = -5; }), ErrorCode::Usage);
        QCOMPARE(with([](EditOptions& o) { o.size = Size{500, 500}; }), ErrorCode::Usage);
        QCOMPARE(with([](EditOptions& o) { o.size = Size{0, 0}; }), ErrorCode::Usage);
        QCOMPARE(with([](EditOptions& o) { o.size = Size{2000000000, 0}; }), ErrorCode::Usage);
        QCOMPARE(with([](EditOptions& o) { o.crop = {CropKind::Exact, {0, 0, 301, 200}}; }), ErrorCode::Usage);
        QCOMPARE(with([](EditOptions& o) { o.crop = {CropKind::Exact, {2147483647, 0, 10, 10}}; }), ErrorCode::Usage);
        QCOMPARE(with([](EditOptions& o) { o.crop = {CropKind::Exact, {200, 100, 50, 50}}; }), ErrorCode::Usage);
    }
};

QTEST_GUILESS_MAIN(EditPlanTest)
#include "tst_edit_plan.moc"
