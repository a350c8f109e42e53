// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/lora_delta.h"

#include "inference/api/error.h"
#include "tests/support/golden.h"
#include "tests/support/lora_files.h"

#include <QTest>

#include <cmath>
#include <fstream>

using namespace pentimento;
using namespace pentimento::testing;
namespace fs = std::filesystem;

namespace {

/// An element of `t` as a number of double precision, indices beyond its dimensions left out.
double cell(const at::Tensor& t, std::vector<std::int64_t> index)
{
    index.resize(static_cast<std::size_t>(t.dim()));
    at::Tensor value = t;
    for (const std::int64_t i : index)
        value = value[i];
    return value.item<double>();
}

/// Each element of a tensor of `shape` (4 sides) by its formula, in plain loops.
at::Tensor dense(const std::vector<std::int64_t>& shape,
                 const std::function<double(std::int64_t, std::int64_t, std::int64_t, std::int64_t)>& formula)
{
    at::Tensor result = at::empty(shape, at::kDouble);
    double* values = result.data_ptr<double>();
    for (std::int64_t p = 0; p < shape[0]; ++p)
        for (std::int64_t q = 0; q < shape[1]; ++q)
            for (std::int64_t y = 0; y < shape[2]; ++y)
                for (std::int64_t x = 0; x < shape[3]; ++x)
                    *values++ = formula(p, q, y, x);
    return result;
}

double sum(std::int64_t count, const std::function<double(std::int64_t)>& term)
{
    double total = 0;
    for (std::int64_t i = 0; i < count; ++i)
        total += term(i);
    return total;
}

} // namespace

/// Every kind of update against its formula in plain loops of double precision.
class TestLoraDelta : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void kinds_data();
    void kinds();
    void lengthsOfDora_data();
    void lengthsOfDora();
    void baseUpdateServesInpaintingModel();
    void biasChanges();
    void alphaRule();
    void alphaInPeftsConfig();
    void misfitsNameTheTensor_data();
    void misfitsNameTheTensor();
};

void TestLoraDelta::kinds_data()
{
    QTest::addColumn<QString>("kind");
    for (const char* kind :
         {"lora", "locon", "tucker", "loha", "loha tucker", "lokr whole", "lokr factors", "lokr tucker", "diff"})
        QTest::newRow(kind) << QString::fromLatin1(kind);
}

void TestLoraDelta::kinds()
{
    QFETCH(QString, kind);
    constexpr std::int64_t out = 6, in = 8, k = 3, r = 2;
    const at::Tensor weight = noise({out, in, k, k}, 1);
    Tensors t;
    const auto add = [&](const char* part, at::IntArrayRef shape) {
        return t[moduleName + "." + part] = noise(shape, 10 + t.size());
    };
    const auto alpha = [&](double value) { t[moduleName + ".alpha"] = at::scalar_tensor(value); };
    const std::vector<std::int64_t> shape = weight.sizes().vec();
    at::Tensor delta;
    at::Tensor w = weight;
    if (kind == QStringLiteral("lora")) {
        w = weight.slice(2, 0, 1).slice(3, 0, 1).contiguous(); // a linear layer kept as a 1 x 1 convolution
        const at::Tensor down = add("lora_down.weight", {r, in}), up = add("lora_up.weight", {out, r});
        alpha(3);
        delta = dense(w.sizes().vec(), [&](auto p, auto q, auto, auto) {
            return 3.0 / r * sum(r, [&](auto i) { return cell(up, {p, i}) * cell(down, {i, q}); });
        });
    } else if (kind == QStringLiteral("locon")) {
        const at::Tensor down = add("lora_down.weight", {r, in, k, k}), up = add("lora_up.weight", {out, r, 1, 1});
        alpha(1);
        delta = dense(shape, [&](auto p, auto q, auto y, auto x) {
            return 1.0 / r * sum(r, [&](auto i) { return cell(up, {p, i, 0, 0}) * cell(down, {i, q, y, x}); });
        });
    } else if (kind == QStringLiteral("tucker")) {
        const at::Tensor down = add("lora_down.weight", {r, in, 1, 1}), mid = add("lora_mid.weight", {r, r, k, k}),
                         up = add("lora_up.weight", {out, r, 1, 1});
        delta = dense(shape, [&](auto p, auto q, auto y, auto x) {
            return sum(r, [&](auto i) {
                return sum(r, [&](auto j) {
                    return cell(mid, {i, j, y, x}) * cell(up, {p, i, 0, 0}) * cell(down, {j, q, 0, 0});
                });
            });
        });
    } else if (kind == QStringLiteral("loha")) {
        const at::Tensor a1 = add("hada_w1_a", {out, r}), b1 = add("hada_w1_b", {r, in * k * k});
        const at::Tensor a2 = add("hada_w2_a", {out, r}), b2 = add("hada_w2_b", {r, in * k * k});
        alpha(5);
        delta = dense(shape, [&](auto p, auto q, auto y, auto x) {
            const auto column = (q * k + y) * k + x;
            return 5.0 / r *
                   sum(r,
                       [&](auto i) {
                           return cell(a1, {p, i}) * cell(b1, {i, column});
                       }) *
                   sum(r, [&](auto i) {
                       return cell(a2, {p, i}) * cell(b2, {i, column});
                   });
        });
    } else if (kind == QStringLiteral("loha tucker")) {
        const at::Tensor a1 = add("hada_w1_a", {r, out}), b1 = add("hada_w1_b", {r, in}), t1 = add("hada_t1", {r, r, k, k});
        const at::Tensor a2 = add("hada_w2_a", {r, out}), b2 = add("hada_w2_b", {r, in}), t2 = add("hada_t2", {r, r, k, k});
        delta = dense(shape, [&](auto p, auto q, auto y, auto x) {
            const auto factor = [&](const at::Tensor& core, const at::Tensor& a, const at::Tensor& b) {
                return sum(r, [&](auto i) {
                    return sum(r, [&](auto j) { return cell(core, {i, j, y, x}) * cell(a, {i, p}) * cell(b, {j, q}); });
                });
            };
            return factor(t1, a1, b1) * factor(t2, a2, b2);
        });
    } else if (kind == QStringLiteral("lokr whole")) {
        const at::Tensor w1 = add("lokr_w1", {2, 4}), w2 = add("lokr_w2", {3, 2, k, k});
        alpha(100); // does not count
        delta = dense(shape, [&](auto p, auto q, auto y, auto x) {
            return cell(w1, {p / 3, q / 2}) * cell(w2, {p % 3, q % 2, y, x});
        });
    } else if (kind == QStringLiteral("lokr factors")) {
        const at::Tensor a1 = add("lokr_w1_a", {2, 1}), b1 = add("lokr_w1_b", {1, 4});
        const at::Tensor a2 = add("lokr_w2_a", {3, r}), b2 = add("lokr_w2_b", {r, 2 * k * k});
        alpha(3);
        delta = dense(shape, [&](auto p, auto q, auto y, auto x) {
            return 3.0 / r * cell(a1, {p / 3, 0}) * cell(b1, {0, q / 2}) * sum(r, [&](auto i) {
                       return cell(a2, {p % 3, i}) * cell(b2, {i, ((q % 2) * k + y) * k + x});
                   });
        });
    } else if (kind == QStringLiteral("lokr tucker")) {
        const at::Tensor w1 = add("lokr_w1", {2, 4}), core = add("lokr_t2", {r, r, k, k});
        const at::Tensor a2 = add("lokr_w2_a", {r, 3}), b2 = add("lokr_w2_b", {r, 2});
        alpha(4);
        delta = dense(shape, [&](auto p, auto q, auto y, auto x) {
            return 4.0 / r * cell(w1, {p / 3, q / 2}) * sum(r, [&](auto i) {
                       return sum(r, [&](auto j) {
                           return cell(core, {i, j, y, x}) * cell(a2, {i, p % 3}) * cell(b2, {j, q % 2});
                       });
                   });
        });
    } else {
        const at::Tensor diff = add("diff", {out, in, k, k});
        alpha(9); // does not count
        delta = diff.to(at::kDouble);
    }
    const TemporaryFolder folder;
    const at::Tensor result = changed(w, {{loraFile(folder, t), 0.7}});
    QVERIFY(relativeError(result, w.to(at::kDouble) + 0.7 * delta) < 1e-6);
    QVERIFY(relativeError(result, w) > 0.05);
}

void TestLoraDelta::lengthsOfDora_data()
{
    QTest::addColumn<QString>("part");
    QTest::addColumn<bool>("perOutput");
    QTest::addColumn<bool>("convolution");
    QTest::newRow("kohya per output") << "dora_scale" << true << false;
    QTest::newRow("kohya per input") << "dora_scale" << false << false;
    QTest::newRow("peft") << "lora_magnitude_vector" << true << false;
    QTest::newRow("convolution per output") << "dora_scale" << true << true;
    QTest::newRow("convolution per input") << "dora_scale" << false << true;
}

void TestLoraDelta::lengthsOfDora()
{
    QFETCH(QString, part);
    QFETCH(bool, perOutput);
    QFETCH(bool, convolution);
    constexpr std::int64_t out = 6, in = 8, r = 2;
    const std::int64_t k = convolution ? 3 : 1;
    const at::Tensor weight = noise({out, in, k, k}, 1);
    const at::Tensor down = noise({r, in, k, k}, 2), up = noise({out, r, 1, 1}, 3);
    const std::int64_t count = perOutput ? out : in;
    at::Tensor lengths = noise({count}, 4).abs();
    Tensors t{{moduleName + ".lora_down.weight", down},
              {moduleName + ".lora_up.weight", up},
              {moduleName + ".alpha", at::scalar_tensor(1.0)}};
    const std::string name = moduleName + "." + part.toStdString();
    if (part == QStringLiteral("lora_magnitude_vector"))
        t[name] = lengths;
    else
        t[name] = perOutput ? lengths.view({out, 1, 1, 1}) : lengths.view({1, in, 1, 1});
    const at::Tensor v = dense({out, in, k, k}, [&](auto p, auto q, auto y, auto x) {
        return cell(weight, {p, q, y, x}) + 1.0 / r * sum(r, [&](auto i) {
                                                return cell(up, {p, i, 0, 0}) * cell(down, {i, q, y, x});
                                            });
    });
    const auto squares = [&](std::int64_t p, std::int64_t q) {
        return sum(k, [&](auto y) { return sum(k, [&](auto x) { return std::pow(cell(v, {p, q, y, x}), 2); }); });
    };
    constexpr double strength = 0.6;
    const at::Tensor expected = dense({out, in, k, k}, [&](auto p, auto q, auto y, auto x) {
        const double norm = std::sqrt(perOutput ? sum(in, [&](auto i) { return squares(p, i); })
                                                : sum(out, [&](auto o) { return squares(o, q); }));
        const double whole = cell(v, {p, q, y, x}) * cell(lengths, {perOutput ? p : q}) / norm;
        const double w = cell(weight, {p, q, y, x});
        return w + strength * (whole - w);
    });
    const TemporaryFolder folder;
    QVERIFY(relativeError(changed(weight, {{loraFile(folder, t), strength}}), expected) < 1e-6);
}

void TestLoraDelta::baseUpdateServesInpaintingModel()
{
    const TemporaryFolder folder;
    const at::Tensor weight = noise({6, 9, 3, 3}, 1);
    const at::Tensor down = noise({2, 4, 3, 3}, 2), up = noise({6, 2, 1, 1}, 3);
    const fs::path file =
        loraFile(folder, {{"lora_unet_conv_in.lora_down.weight", down}, {"lora_unet_conv_in.lora_up.weight", up}});
    const at::Tensor result = changed(weight, {{file, 1}}, "conv_in.weight");
    QVERIFY(at::equal(result.narrow(1, 4, 5), weight.narrow(1, 4, 5)));
    const at::Tensor delta = at::matmul(up.flatten(1), down.flatten(1)).view({6, 4, 3, 3});
    QVERIFY(relativeError(result.narrow(1, 0, 4), weight.narrow(1, 0, 4) + delta) < 1e-6);
}

void TestLoraDelta::biasChanges()
{
    const TemporaryFolder folder;
    const at::Tensor bias = noise({6}, 1), diff = noise({6}, 2);
    const fs::path file = loraFile(folder, {{moduleName + ".diff_b", diff}, {moduleName + ".diff", noise({6, 8}, 3)}});
    const at::Tensor result = changed(bias, {{file, 0.5}}, "mid_block.attentions.0.proj_in.bias");
    QVERIFY(relativeError(result, bias + 0.5 * diff) < 1e-6);
}

void TestLoraDelta::alphaRule()
{
    const TemporaryFolder folder;
    const at::Tensor weight = noise({6, 8}, 1);
    Tensors t{{moduleName + ".lora_down.weight", noise({4, 8}, 2)}, {moduleName + ".lora_up.weight", noise({6, 4}, 3)}};
    const at::Tensor full = changed(weight, {{loraFile(folder, t), 1}}) - weight;
    t[moduleName + ".alpha"] = at::scalar_tensor(1.0);
    QVERIFY(relativeError(changed(weight, {{loraFile(folder, t), 1}}) - weight, full / 4) < 1e-5);
    t[moduleName + ".scale"] = at::scalar_tensor(3.0);
    QVERIFY(relativeError(changed(weight, {{loraFile(folder, t), 1}}) - weight, full * 3) < 1e-5);
}

// What peft itself saves has no alpha among the tensors, but a config beside them.
void TestLoraDelta::alphaInPeftsConfig()
{
    const TemporaryFolder folder;
    const at::Tensor weight = noise({6, 8}, 1);
    const std::string module = "base_model.model.mid_block.attentions.0.proj_in";
    const Tensors t{{module + ".lora_A.weight", noise({4, 8}, 2)}, {module + ".lora_B.weight", noise({6, 4}, 3)}};
    const auto update = [&](const char* config) {
        std::ofstream(folder.path() / "adapter_config.json") << config;
        return at::Tensor(changed(weight, {{loraFile(folder, t, "adapter_model"), 1}}) - weight);
    };
    const at::Tensor full = changed(weight, {{loraFile(folder, t, "other"), 1}}) - weight;
    QVERIFY(relativeError(update(R"({"r": 4, "lora_alpha": 4})"), full) < 1e-5);
    QVERIFY(relativeError(update(R"({"r": 4, "lora_alpha": 12})"), full * 3) < 1e-5);
    QVERIFY(relativeError(update(R"({"lora_alpha": 12, "use_rslora": true})"), full * 6) < 1e-5);
    QVERIFY(relativeError(update(R"({"lora_alpha": 12, "alpha_pattern": {"attentions.0.proj_in": 2}})"), full / 2) < 1e-5);
    QVERIFY_THROWS_EXCEPTION(Exception, update("{"));
}

void TestLoraDelta::misfitsNameTheTensor_data()
{
    QTest::addColumn<QStringList>("tensors"); // "part sides..."
    QTest::addColumn<QString>("named");
    const auto row = [](const char* name, QStringList tensors, const char* named) { QTest::newRow(name) << tensors << named; };
    const auto parts = [](const char* text) { return QString::fromLatin1(text).split(QStringLiteral(", ")); };
    row("other inputs", parts("lora_down.weight 2 9, lora_up.weight 6 2"), "lora_down");
    row("other outputs", parts("lora_down.weight 2 8, lora_up.weight 7 2"), "lora_down");
    row("two ranks", parts("lora_down.weight 3 8, lora_up.weight 6 2"), "lora_up");
    row("no rank", parts("lora_down.weight 0 8, lora_up.weight 6 0"), "lora_");
    row("no matrix", parts("lora_down.weight 8, lora_up.weight 6"), "lora_down");
    row("alpha of many", parts("lora_down.weight 2 8, lora_up.weight 6 2, alpha 3"), "alpha");
    row("core of other ranks", parts("lora_down.weight 2 8, lora_up.weight 6 2, lora_mid.weight 3 3 1 1"), "lora_mid");
    row("core without cells", parts("lora_down.weight 2 8, lora_up.weight 6 2, lora_mid.weight 2 2"), "lora_mid");
    row("unequal factors", parts("hada_w1_a 6 2, hada_w1_b 2 8, hada_w2_a 6 2, hada_w2_b 2 7"), "hada_w2_a");
    row("enormous product", parts("lokr_w1 200 300, lokr_w2 300 200"), "lokr_w1");
    row("DoRA of other length", parts("lora_down.weight 2 8, lora_up.weight 6 2, dora_scale 5 1"), "dora_scale");
    row("difference of another shape", parts("diff 5 5"), "diff");
}

void TestLoraDelta::misfitsNameTheTensor()
{
    QFETCH(QStringList, tensors);
    QFETCH(QString, named);
    Tensors t;
    for (const QString& tensor : tensors) {
        QStringList words = tensor.split(QLatin1Char(' '));
        const QString part = words.takeFirst();
        std::vector<std::int64_t> shape;
        for (const QString& side : words)
            shape.push_back(side.toLongLong());
        t[moduleName + "." + part.toStdString()] = noise(shape, 3);
    }
    const TemporaryFolder folder;
    const auto refused = [&](const Tensors& file, const QString& name) {
        try {
            changed(noise({6, 8}, 1), {{loraFile(folder, file), 1}});
            return false;
        } catch (const Exception& e) {
            const QString where = QString::fromStdString(e.error().where);
            return e.error().code == ErrorCode::BadInput && where.contains(QStringLiteral("lora.safetensors")) &&
                   where.contains(name);
        }
    };
    QVERIFY(refused(t, named));
    const Tensors nan{{moduleName + ".lora_down.weight", at::full({2, 8}, std::nan(""))},
                      {moduleName + ".lora_up.weight", at::ones({6, 2})}};
    QVERIFY(refused(nan, QStringLiteral("lora_down")));
}

QTEST_APPLESS_MAIN(TestLoraDelta)
#include "tst_lora_delta.moc"
