// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"

#include "inference/models/attention.h"
#include "inference/models/parallel.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <QTest>

#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace pentimento;
using namespace pentimento::testing;

namespace {

constexpr double tolerance = 1e-5;

using Tensors = std::map<std::string, at::Tensor>;

Weights weightsOf(Tensors tensors, bool keepTransformed = true)
{
    auto source = std::make_shared<TensorSource>();
    const auto shared = std::make_shared<const Tensors>(std::move(tensors));
    source->has = [shared](const std::string& name) { return shared->count(name) > 0; };
    source->get = [shared](const std::string& name, at::IntArrayRef shape) {
        return shared->at(name).reshape(shape).to(at::kFloat);
    };
    source->view = [shared](const std::string& name, at::IntArrayRef shape) { return shared->at(name).reshape(shape); };
    source->keepTransformed = keepTransformed;
    return Weights(source);
}

} // namespace

/// Every layer, at sizes that fill no tile or vector evenly, against libtorch's own operator.
class TestLayers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void conv2d_data();
    void conv2d();
    void linear_data();
    void linear();
    void attention_data();
    void attention();
    void groupNorm_data();
    void groupNorm();
    void layerNorm();
    void feedForward();
    void storedTypesGiveTheSame_data();
    void storedTypesGiveTheSame();
    void tasksRunOnceEach_data();
    void tasksRunOnceEach();
    void allThreadsTakePart();
    void evenRangesCoverAll();

private:
    at::Tensor random(at::IntArrayRef shape) { return at::randn(shape, m_generator, at::TensorOptions().dtype(at::kFloat)); }

    at::Generator m_generator = at::detail::createCPUGenerator(17);
    const ForwardContext m_context;
};

void TestLayers::conv2d_data()
{
    for (const char* column : {"batch", "height", "width", "in", "out", "kernel", "stride"})
        QTest::addColumn<int>(column);
    const auto row = [](int batch, int height, int width, int in, int out, int kernel, int stride) {
        QTest::addRow("%d of %d x %d, %d to %d, kernel %d, stride %d", batch, height, width, in, out, kernel, stride)
            << batch << height << width << in << out << kernel << stride;
    };
    // 96 px pictures halve to 12, 6 and 3 under a factor of 8.
    for (const int side : {12, 6, 3, 2, 1})
        row(2, side, side, 32, 64, 3, 1);
    row(1, 13, 7, 64, 32, 3, 1);
    row(1, 5, 31, 16, 16, 3, 1);
    row(1, 1, 9, 48, 16, 3, 1);
    row(1, 24, 24, 4, 32, 3, 1);
    row(1, 24, 24, 9, 32, 3, 1);
    row(1, 17, 11, 20, 12, 3, 1);
    row(1, 17, 11, 32, 4, 3, 1);
    row(1, 10, 10, 640, 320, 3, 1);
    row(2, 17, 15, 32, 48, 3, 1); // tiles enough to transform weights for one use
    row(3, 12, 6, 32, 32, 3, 2);
    row(1, 13, 7, 32, 48, 3, 2);
    row(1, 3, 3, 20, 12, 3, 2);
    row(2, 13, 7, 20, 12, 1, 1);
    row(1, 1, 1, 32, 32, 1, 1);
}

void TestLayers::conv2d()
{
    QFETCH(int, batch);
    QFETCH(int, height);
    QFETCH(int, width);
    QFETCH(int, in);
    QFETCH(int, out);
    QFETCH(int, kernel);
    QFETCH(int, stride);
    const at::Tensor weight = random({out, in, kernel, kernel}), bias = random({out}), x = random({batch, in, height, width});
    const at::Tensor expected = at::conv2d(x, weight, bias, stride, kernel / 2), other = random({out});
    for (const bool keepTransformed : {true, false}) {
        const Weights weights = weightsOf({{"weight", weight}, {"bias", bias}}, keepTransformed);
        const Conv2d conv = Conv2d::load(weights, in, out, kernel, stride);
        const at::Tensor actual = conv(x, m_context);
        QCOMPARE(actual.sizes().vec(), expected.sizes().vec());
        QVERIFY(relativeError(actual, expected) < tolerance);
        QVERIFY(relativeError(conv(x, m_context, other), at::conv2d(x, weight, other, stride, kernel / 2)) < tolerance);
    }
}

void TestLayers::linear_data()
{
    for (const char* column : {"rows", "in", "out"})
        QTest::addColumn<int>(column);
    for (const int rows : {1, 5, 6, 7, 77, 145}) {
        for (const int in : {1, 33, 640})
            QTest::addRow("%d rows, %d to 19", rows, in) << rows << in << 19;
    }
    QTest::addRow("one column") << 13 << 64 << 1;
    QTest::addRow("many columns") << 9 << 320 << 1291;
}

void TestLayers::linear()
{
    QFETCH(int, rows);
    QFETCH(int, in);
    QFETCH(int, out);
    const at::Tensor weight = random({out, in}), bias = random({out}), x = random({1, rows, in});
    const Linear biased = Linear::load(weightsOf({{"weight", weight}, {"bias", bias}}), in, out);
    QVERIFY(relativeError(biased(x), at::linear(x, weight, bias)) < tolerance);
    const Linear plain = Linear::load(weightsOf({{"weight", weight}}), in, out, false);
    QVERIFY(relativeError(plain(x), at::linear(x, weight)) < tolerance);
}

void TestLayers::attention_data()
{
    for (const char* column : {"batch", "queries", "keys", "heads", "dim"})
        QTest::addColumn<int>(column);
    const auto row = [](int batch, int queries, int keys, int heads, int dim) {
        QTest::addRow("%d of %d x %d, %d heads of %d", batch, queries, keys, heads, dim)
            << batch << queries << keys << heads << dim;
    };
    row(1, 144, 144, 8, 40);
    row(2, 36, 77, 8, 40);
    row(1, 9, 9, 1, 7);
    row(1, 1, 1, 2, 16);
    row(2, 91, 91, 5, 64);
    row(1, 100, 1000, 2, 80);
    row(1, 7, 513, 1, 160);
    row(1, 65, 33, 3, 24);
}

void TestLayers::attention()
{
    QFETCH(int, batch);
    QFETCH(int, queries);
    QFETCH(int, keys);
    QFETCH(int, heads);
    QFETCH(int, dim);
    const int channels = heads * dim;
    const at::Tensor q = random({batch, queries, channels}) * 3, k = random({batch, keys, channels}) * 3,
                     v = random({batch, keys, channels});
    const auto split = [&](const at::Tensor& x) { return x.reshape({batch, -1, heads, dim}).transpose(1, 2); };
    const at::Tensor scores = at::matmul(split(q), split(k).transpose(2, 3)) / std::sqrt(static_cast<double>(dim));
    const at::Tensor expected = at::matmul(at::softmax(scores, -1), split(v)).transpose(1, 2).reshape({batch, queries, channels});
    QVERIFY(relativeError(attend(q, k, v, heads, m_context), expected) < tolerance);
}

void TestLayers::groupNorm_data()
{
    for (const char* column : {"channels", "groups", "height", "width"})
        QTest::addColumn<int>(column);
    QTest::addRow("whole groups") << 64 << 32 << 12 << 12;
    QTest::addRow("one channel each") << 32 << 32 << 3 << 3;
    QTest::addRow("odd sides") << 48 << 8 << 13 << 7;
    QTest::addRow("one pixel") << 64 << 4 << 1 << 1;
    QTest::addRow("large") << 320 << 32 << 31 << 33;
}

void TestLayers::groupNorm()
{
    QFETCH(int, channels);
    QFETCH(int, groups);
    QFETCH(int, height);
    QFETCH(int, width);
    const at::Tensor weight = random({channels}), bias = random({channels});
    // A mean far from zero: the variance must not drown in it.
    const at::Tensor x = random({2, channels, height, width}) * 0.5 + 50;
    const GroupNorm norm = GroupNorm::load(weightsOf({{"weight", weight}, {"bias", bias}}), channels, groups, 1e-5);
    const at::Tensor expected =
        at::group_norm(x.to(at::kDouble), groups, weight.to(at::kDouble), bias.to(at::kDouble), 1e-5).to(at::kFloat);
    QVERIFY(relativeError(norm(x), expected) < tolerance);
    QVERIFY(relativeError(norm.silu(x), at::silu(expected)) < tolerance);
}

void TestLayers::layerNorm()
{
    for (const int channels : {1 + 16, 320, 77}) {
        const at::Tensor weight = random({channels}), bias = random({channels}), x = random({2, 9, channels}) + 3;
        const LayerNorm norm = LayerNorm::load(weightsOf({{"weight", weight}, {"bias", bias}}), channels);
        QVERIFY(relativeError(norm(x), at::layer_norm(x, {channels}, weight, bias)) < tolerance);
    }
}

void TestLayers::feedForward()
{
    for (const int channels : {32, 40, 320}) {
        const Tensors tensors{{"net.0.proj.weight", random({channels * 8, channels})},
                              {"net.0.proj.bias", random({channels * 8})},
                              {"net.2.weight", random({channels, channels * 4})},
                              {"net.2.bias", random({channels})}};
        const at::Tensor x = random({2, 13, channels});
        const std::vector<at::Tensor> halves =
            at::linear(x, tensors.at("net.0.proj.weight"), tensors.at("net.0.proj.bias")).chunk(2, -1);
        const at::Tensor expected =
            at::linear(halves[0] * at::gelu(halves[1]), tensors.at("net.2.weight"), tensors.at("net.2.bias"));
        QVERIFY(relativeError(FeedForward::load(weightsOf(tensors), channels)(x, m_context), expected) < tolerance);
    }
}

void TestLayers::storedTypesGiveTheSame_data()
{
    QTest::addColumn<int>("type");
    QTest::newRow("float16") << int(at::kHalf);
    QTest::newRow("bfloat16") << int(at::kBFloat16);
    QTest::newRow("float64") << int(at::kDouble);
}

// Weights stay in the file's type where that is narrow; what comes out is what float32 copies of them give, to the bit.
void TestLayers::storedTypesGiveTheSame()
{
    QFETCH(int, type);
    const auto stored = static_cast<at::ScalarType>(type);
    struct Shape {
        std::int64_t in, out, kernel, stride;
    };
    for (const Shape& shape : {Shape{32, 80, 3, 1}, {32, 80, 3, 2}, {17, 70, 1, 1}, {9, 100, 3, 1}, {600, 40, 1, 1}}) {
        const at::Tensor weight = random({shape.out, shape.in, shape.kernel, shape.kernel}).to(stored),
                         bias = random({shape.out});
        const at::Tensor x = random({1, shape.in, 23, 25}).contiguous(at::MemoryFormat::ChannelsLast);
        const auto run = [&](const at::Tensor& weights, bool keepTransformed) {
            const Weights source = weightsOf({{"weight", weights}, {"bias", bias}}, keepTransformed);
            return Conv2d::load(source, shape.in, shape.out, shape.kernel, shape.stride)(x, m_context);
        };
        const at::Tensor expected = run(weight.to(at::kFloat), true);
        for (const bool keepTransformed : {true, false})
            QVERIFY(at::equal(run(weight, keepTransformed), expected));
    }
    const at::Tensor weight = random({130, 33}).to(stored), bias = random({130}), x = random({5, 33});
    const auto run = [&](const at::Tensor& weights) {
        return Linear::load(weightsOf({{"weight", weights}, {"bias", bias}}), 33, 130)(x);
    };
    QVERIFY(at::equal(run(weight), run(weight.to(at::kFloat))));
}

void TestLayers::tasksRunOnceEach_data()
{
    QTest::addColumn<int>("count");
    for (const int count : {0, 1, 2, 3, 1000})
        QTest::addRow("%d", count) << count;
}

void TestLayers::tasksRunOnceEach()
{
    QFETCH(int, count);
    std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
    parallelTasks(count, [&](std::int64_t i) { ++runs[static_cast<std::size_t>(i)]; });
    for (const auto& times : runs)
        QCOMPARE(times.load(), 1);
}

// Built without OpenMP everything would be right, and on one thread.
void TestLayers::allThreadsTakePart()
{
    if (at::get_num_threads() < 2)
        QSKIP("one thread");
    std::atomic<int> arrived = 0, met = 0;
    parallelTasks(2, [&](std::int64_t) {
        ++arrived;
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (arrived < 2 && std::chrono::steady_clock::now() < patience)
            std::this_thread::yield();
        met += arrived == 2;
    });
    QCOMPARE(met.load(), 2);
}

void TestLayers::evenRangesCoverAll()
{
    for (std::int64_t total = 1; total < 500; total += 7) {
        for (const std::int64_t longest : {1, 6, 50, 1000}) {
            const std::int64_t range = evenRange(total, longest);
            QVERIFY(range > 0);
            QCOMPARE(range % 6, std::int64_t{0});
            QVERIFY(range < longest + 6);
        }
    }
}

QTEST_APPLESS_MAIN(TestLayers)
#include "tst_layers.moc"
