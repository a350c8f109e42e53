// SPDX-License-Identifier: Apache-2.0
#include "inference/io/non_finite.h"

#include "inference/io/number_formats.h"

#include <QTest>

#include <cmath>
#include <cstring>

using namespace pentimento;

/// Every pattern of the small formats, and the special ones of the large, beside what their values are.
class TestNonFinite : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void smallFormats_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::newRow("float16") << int(Dtype::F16);
        QTest::newRow("bfloat16") << int(Dtype::BF16);
        QTest::newRow("fp8 e4m3") << int(Dtype::F8E4M3);
        QTest::newRow("fp8 e5m2") << int(Dtype::F8E5M2);
    }

    void smallFormats()
    {
        QFETCH(int, dtype);
        TensorEntry entry{"x", static_cast<Dtype>(dtype), {}, nullptr, 0};
        const std::size_t size = dtypeSize(entry.dtype), patterns = std::size_t{1} << (8 * size);
        std::vector<std::byte> bytes(patterns * size + 1); // one byte off: not aligned
        for (std::size_t i = 0; i < patterns; ++i)
            std::memcpy(bytes.data() + 1 + i * size, &i, size);
        entry.data = bytes.data() + 1;
        entry.bytes = patterns * size;
        entry.shape = {static_cast<std::int64_t>(patterns)};
        std::uint64_t nan = 0, infinite = 0;
        for (const float value : floatValues(entry, "x")) {
            nan += std::isnan(value);
            infinite += std::isinf(value);
        }
        QVERIFY(nan >= 2);
        const NonFinite found = countNonFinite(entry);
        QCOMPARE(found.nan, nan);
        QCOMPARE(found.infinite, infinite);
    }

    void largeFormats()
    {
        const float floats[] = {1, -INFINITY, NAN, 3.4e38F, 0, -NAN, INFINITY};
        const double doubles[] = {1, NAN, 1e308, -INFINITY};
        const TensorEntry f{"f", Dtype::F32, {7}, reinterpret_cast<const std::byte*>(floats), sizeof floats};
        const TensorEntry d{"d", Dtype::F64, {4}, reinterpret_cast<const std::byte*>(doubles), sizeof doubles};
        QCOMPARE(countNonFinite(f).nan, std::uint64_t(2));
        QCOMPARE(countNonFinite(f).infinite, std::uint64_t(2));
        QCOMPARE(countNonFinite(d).nan, std::uint64_t(1));
        QCOMPARE(countNonFinite(d).infinite, std::uint64_t(1));
        const std::int32_t whole[] = {-1, 0x7fc00000};
        QVERIFY(!countNonFinite({"i", Dtype::I32, {2}, reinterpret_cast<const std::byte*>(whole), sizeof whole}).any());
    }
};

QTEST_APPLESS_MAIN(TestNonFinite)
#include "tst_non_finite.moc"
