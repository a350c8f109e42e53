// SPDX-License-Identifier: Apache-2.0
#include "inference/io/number_formats.h"

#include "inference/api/error.h"

#include <QtTest>

#include <cmath>
#include <cstring>

using namespace pentimento;

namespace {

/// Every byte of an 8-bit float with its published value.
double published(unsigned byte, int exponentBits)
{
    const int mantissaBits = 7 - exponentBits;
    const double bias = std::pow(2.0, exponentBits - 1) - 1;
    const unsigned mantissa = byte % (1U << mantissaBits), exponent = byte % 128 / (1U << mantissaBits);
    const double fraction = mantissa / std::pow(2.0, mantissaBits);
    const double magnitude = exponent == 0 ? fraction * std::pow(2.0, 1 - bias) : (1 + fraction) * std::pow(2.0, exponent - bias);
    return byte >= 128 ? -magnitude : magnitude;
}

template <typename T> std::vector<float> read(Dtype dtype, const std::vector<T>& values)
{
    TensorEntry entry;
    entry.dtype = dtype;
    entry.data = reinterpret_cast<const std::byte*>(values.data());
    entry.bytes = values.size() * sizeof(T);
    return floatValues(entry, "test");
}

} // namespace

class NumberFormatsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void e4m3()
    {
        const auto& values = float8Values(Dtype::F8E4M3);
        for (unsigned byte = 0; byte < 256; ++byte) {
            if (byte % 128 == 127)
                QVERIFY(std::isnan(values[byte]));
            else
                QCOMPARE(double(values[byte]), published(byte, 4));
        }
        QCOMPARE(values[0x7e], 448.0F); // the largest
        QCOMPARE(values[0x01], 0.001953125F);
        QVERIFY(std::signbit(values[0x80]));
    }

    void e5m2()
    {
        const auto& values = float8Values(Dtype::F8E5M2);
        for (unsigned byte = 0; byte < 256; ++byte) {
            const unsigned magnitude = byte % 128;
            if (magnitude > 0x7c)
                QVERIFY(std::isnan(values[byte]));
            else if (magnitude == 0x7c)
                QVERIFY(std::isinf(values[byte]) && std::signbit(values[byte]) == (byte >= 128));
            else
                QCOMPARE(double(values[byte]), published(byte, 5));
        }
        QCOMPARE(values[0x7b], 57344.0F);
    }

    void widerOnes()
    {
        using Floats = std::vector<float>;
        QCOMPARE(read<std::uint16_t>(Dtype::F16, {0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000}),
                 Floats({1, -2, 5.9604644775390625e-8F, 65504, -0.0F}));
        QCOMPARE(read<std::uint16_t>(Dtype::BF16, {0x3f80, 0xc040, 0x0001}), Floats({1, -3, std::ldexp(1.0F, -133)}));
        QCOMPARE(read<float>(Dtype::F32, {0.1F}), Floats({0.1F}));
        QCOMPARE(read<double>(Dtype::F64, {0.1}), Floats({0.1F}));
        QCOMPARE(read<std::uint8_t>(Dtype::F8E4M3, {0x38, 0xb8}), Floats({1, -1}));
        QVERIFY_THROWS_EXCEPTION(Exception, read(Dtype::I64, std::vector<std::int64_t>{1}));
    }
};

QTEST_GUILESS_MAIN(NumberFormatsTest)
#include "tst_number_formats.moc"
