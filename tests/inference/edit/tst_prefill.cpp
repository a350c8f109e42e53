// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/prefill.h"

#include "inference/io/safetensors_reader.h"

#include <QtTest>

#include <cmath>
#include <cstring>
#include <random>

using namespace pentimento;

namespace {

/// A tensor of shape (1, c, h, w) or (c, h, w).
Planes loaded(const SafetensorsFile& file, const char* name)
{
    const TensorEntry* entry = file.find(name);
    if (!entry || entry->dtype != Dtype::F32 || entry->shape.size() < 3)
        qFatal("the golden file lacks %s", name);
    const std::size_t rank = entry->shape.size();
    Planes planes(static_cast<int>(entry->shape[rank - 1]), static_cast<int>(entry->shape[rank - 2]),
                  static_cast<int>(entry->shape[rank - 3]));
    std::memcpy(planes.values.data(), entry->data, entry->bytes);
    return planes;
}

} // namespace

class PrefillTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void pullPushMatchesTheStartersGoldenFill()
    {
        const SafetensorsFile file(std::filesystem::path(PENTIMENTO_SOURCE_DIR) / "resources/models/starter/golden.safetensors");
        const Planes filled = pullPush(loaded(file, "picture"), loaded(file, "mask"));
        const Planes golden = loaded(file, "prefilled");
        QCOMPARE(filled.values.size(), golden.values.size());
        for (std::size_t i = 0; i < golden.values.size(); ++i)
            QVERIFY(std::abs(filled.values[i] - golden.values[i]) <= 1e-5F);
    }

    void knownPixelsAreUntouchedAndHolesStayWithinTheirRange()
    {
        std::mt19937 random(11);
        for (const auto& [width, height] : {std::pair{1, 1}, std::pair{7, 130}, std::pair{64, 64}, std::pair{65, 3}}) {
            Planes picture(width, height, 3), mask(width, height, 1);
            for (float& value : picture.values)
                value = 0.2F + 0.5F * static_cast<float>(random() % 1000) / 1000.0F;
            for (float& value : mask.values)
                value = random() % 3 == 0 ? 1.0F : 0.0F;
            mask.values[0] = 0.0F; // at least one pixel is known
            const Planes filled = pullPush(picture, mask);
            for (int c = 0; c < 3; ++c) {
                for (std::size_t i = 0; i < picture.planeSize(); ++i) {
                    if (mask.values[i] == 0.0F)
                        QCOMPARE(filled.plane(c)[i], picture.plane(c)[i]);
                    QVERIFY(filled.plane(c)[i] > 0.19F && filled.plane(c)[i] < 0.71F);
                }
            }
        }
    }

    void aPictureThatIsAllHoleBecomesGrey()
    {
        Planes picture(20, 30, 3), mask(20, 30, 1);
        picture.values.assign(picture.values.size(), 0.7F);
        mask.values.assign(mask.values.size(), 1.0F);
        for (const float value : pullPush(picture, mask).values)
            QCOMPARE(value, 0.0F);
    }

    void neutralFillChangesOnlyTheHole()
    {
        Planes picture(4, 1, 1), mask(4, 1, 1);
        picture.values = {0.5F, -0.5F, 0.25F, 1.0F};
        mask.values = {0.0F, 1.0F, 0.1F, 0.0F};
        QCOMPARE(neutralFill(picture, mask).values, std::vector<float>({0.5F, 0.0F, 0.0F, 1.0F}));
    }
};

QTEST_GUILESS_MAIN(PrefillTest)
#include "tst_prefill.moc"
