// SPDX-License-Identifier: Apache-2.0
#include "tests/support/lora_files.h"
#include "tests/support/original_layout.h"
#include "tests/support/pictures.h"
#include "tests/support/reference_model.h"

#include "inference/api/control_picture.h"
#include "inference/edit/resample.h"
#include "inference/engine/control_inputs.h"
#include "inference/engine/tensor_planes.h"
#include "inference/io/control_net.h"

#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;
namespace fs = std::filesystem;

namespace {

ControlChoice choice(const fs::path& model, ControlSource source = ControlSource::Picture, const Image& image = {})
{
    ControlChoice control;
    control.model = model;
    control.source = source;
    control.image = image;
    return control;
}

/// A picture whose red says the column and whose green says the row, 4 levels a pixel.
Image coordinates(int width, int height, int pixelsPerStep = 1)
{
    ImageBuffer picture(width, height, 3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            picture.row8(y)[3 * x] = static_cast<std::uint8_t>(x / pixelsPerStep * 4);
            picture.row8(y)[3 * x + 1] = static_cast<std::uint8_t>(y / pixelsPerStep * 4);
        }
    }
    return std::move(picture).share();
}

} // namespace

/// Loading ControlNets beside a model, and what they get to see.
class TestControlNets : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_model = loadReferenceModel("sd15-base"); }
    void keptAndFreed();
    void sameOneIsLoadedOnce();
    void otherFamilyIsRefused_data();
    void otherFamilyIsRefused();
    void cancelStopsLoading();
    void singleFileComputesTheSame();
    void xlTakesItsConditions();
    void pictureIsCutAsTheEdit();
    void pictureOfAnotherSizeIsStretched();
    void maskIsMarked();
    void edgesOfTheOwnPicture();
    void windowShowsWhatIsSeen_data();
    void windowShowsWhatIsSeen();

private:
    at::Tensor seen(const ControlChoice& control, const Image& picture, const Rect& crop, const Image& mask = {}) const;

    const ForwardContext m_context;
    const fs::path m_folder = referenceFolder() / "sd15-controlnet";
    std::shared_ptr<const LoadedModel> m_model;
};

void TestControlNets::keptAndFreed()
{
    ControlNets nets;
    std::weak_ptr<const ControlNetModel> network;
    {
        const ControlNets::Networks first = nets.require({choice(m_folder)}, *m_model, m_context);
        QCOMPARE(first.size(), std::size_t{1});
        network = first.front();
    }
    QVERIFY(!network.expired());
    QCOMPARE(nets.require({choice(m_folder)}, *m_model, m_context).front(), network.lock());
    nets.require({}, *m_model, m_context);
    QVERIFY(network.expired());
}

void TestControlNets::sameOneIsLoadedOnce()
{
    ControlNets nets;
    const ControlNets::Networks two = nets.require({choice(m_folder), choice(m_folder)}, *m_model, m_context);
    QCOMPARE(two.size(), std::size_t{2});
    QCOMPARE(two[0], two[1]);
}

void TestControlNets::otherFamilyIsRefused_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<bool>("loadedBefore");
    QTest::newRow("sd1's for sdxl") << "sdxl-base" << false;
    QTest::newRow("of the run before, the model being another now") << "sdxl-base" << true;
}

void TestControlNets::otherFamilyIsRefused()
{
    QFETCH(QString, model);
    QFETCH(bool, loadedBefore);
    const auto other = loadReferenceModel(model.toStdString());
    ControlNets nets;
    if (loadedBefore)
        nets.require({choice(m_folder)}, *m_model, m_context);
    try {
        nets.require({choice(m_folder)}, *other, m_context);
        QFAIL("not refused");
    } catch (const Exception& e) {
        const QString text = QString::fromStdString(formatError(e.error()));
        QCOMPARE(e.error().code, ErrorCode::BadInput);
        QVERIFY2(text.contains(u"sd15-controlnet") && text.contains(u"Stable Diffusion XL"), qPrintable(text));
    }
}

void TestControlNets::cancelStopsLoading()
{
    const CancelToken cancel;
    cancel.cancel();
    ControlNets nets;
    QVERIFY_THROWS_EXCEPTION(CancelledException, nets.require({choice(m_folder)}, *m_model, ForwardContext{&cancel}));
}

// The original layout, with the folder's config: full-size rules do not hold for tiny ones.
void TestControlNets::singleFileComputesTheSame()
{
    const NetworkPart part = openControlNet(m_folder);
    const TemporaryFolder temporary;
    const fs::path path = temporary.path() / "control.safetensors";
    writeSafetensors(path, renamed(*part.tensors, controlNetPairs({true, true, false}, 1), "control_model."));
    const NetworkPart file = openControlNet(path);
    QCOMPARE(file.tensors->tensors.size(), part.tensors->tensors.size());
    const ControlNetConfig config = parseControlNetConfig(part.config.json, part.config.where);
    const auto residuals = [&](const NetworkPart& network) {
        const ControlNetModel model = ControlNetModel::load(config, Weights(storedWeights(network, m_context)));
        const EncodedContext encoded = model.encodeContext({at::ones({1, 77, 32}), {}, {}, 1});
        const at::Tensor hint = model.encodePicture(at::full({1, 3, 64, 64}, 0.3), m_context);
        return model.forward(at::ones({1, 4, 8, 8}), 500, encoded, hint, 1, m_context);
    };
    const ControlResiduals a = residuals(part), b = residuals(file);
    QVERIFY(at::equal(a.mid, b.mid));
    for (std::size_t i = 0; i < a.down.size(); ++i)
        QVERIFY(at::equal(a.down[i], b.down[i]));
}

// Stable Diffusion XL's are conditioned on pooled text and sizes as its UNet is.
void TestControlNets::xlTakesItsConditions()
{
    const auto model = loadReferenceModel("sdxl-base");
    Json json = readJsonFile(referenceFolder() / "sdxl-base" / "unet" / "config.json");
    json["conditioning_embedding_out_channels"] = {8, 8, 16, 16};
    const ControlNetModel network = ControlNetModel::load(parseControlNetConfig(json, "test"), Weights(randomWeights(3)));
    const at::Tensor hint = network.encodePicture(at::full({1, 3, 64, 64}, 0.3), m_context), latents = noise({2, 4, 8, 8}, 1);
    UNetConditions conditions{noise({2, 77, 64}, 2), noise({2, 32}, 3), at::full({2, 6}, 64.0F), 1};
    const auto residuals = [&] { return network.forward(latents, 500, network.encodeContext(conditions), hint, 1, m_context); };
    const ControlResiduals large = residuals();
    const UNet2DConditionModel& unet = model->networks.unet;
    const EncodedContext encoded = unet.encodeContext(conditions);
    const at::Tensor steered = unet.forward(latents, 500, encoded, m_context, &large);
    QVERIFY(at::isfinite(steered).all().item<bool>());
    QVERIFY(relativeError(steered, unet.forward(latents, 500, encoded, m_context)) > 1e-2);
    conditions.timeIds = at::full({2, 6}, 32.0F);
    QVERIFY(!at::equal(residuals().mid, large.mid));
    conditions.timeIds = at::full({2, 6}, 64.0F);
    conditions.pooled = noise({2, 32}, 4);
    QVERIFY(!at::equal(residuals().mid, large.mid));
}

/// What a ControlNet gets to see of an edit of `crop` at 16 x 16.
at::Tensor TestControlNets::seen(const ControlChoice& control, const Image& picture, const Rect& crop, const Image& mask) const
{
    Request request;
    request.image = picture;
    request.controls = {control};
    DiffusionInputs inputs;
    inputs.picture = toTensor(cropToPlanes(picture, crop, {16, 16})) * 2 - 1;
    if (!mask.empty())
        inputs.mask = maskTensor(subImage(mask, crop)).gt(0).to(at::kFloat);
    addControls(request, {nullptr}, crop, inputs);
    return inputs.controls.front().picture;
}

void TestControlNets::pictureIsCutAsTheEdit()
{
    const at::Tensor picture =
        seen(choice({}, ControlSource::Picture, coordinates(40, 30)), rectMask({40, 30}, {}), {20, 8, 16, 16});
    QCOMPARE(picture.sizes(), at::IntArrayRef({1, 3, 16, 16}));
    for (int i = 0; i < 16; ++i) {
        QCOMPARE(std::lround(picture[0][0][5][i].item<float>() * 255), (20 + i) * 4);
        QCOMPARE(std::lround(picture[0][1][i][5].item<float>() * 255), (8 + i) * 4);
    }
}

void TestControlNets::pictureOfAnotherSizeIsStretched()
{
    const Rect crop{20, 8, 16, 16};
    const Image picture = rectMask({40, 30}, {});
    const at::Tensor half = seen(choice({}, ControlSource::Picture, coordinates(20, 15)), picture, crop);
    const at::Tensor twice = seen(choice({}, ControlSource::Picture, coordinates(80, 60, 2)), picture, crop);
    for (int i = 2; i < 14; ++i) {
        // Pixel centres: column x of the picture is column (x + 0.5) / 2 - 0.5 of one half its size.
        QVERIFY(std::abs(half[0][0][5][i].item<float>() * 255 - ((20 + i + 0.5F) / 2 - 0.5F) * 4) < 0.5F);
        QVERIFY(std::abs(half[0][1][i][5].item<float>() * 255 - ((8 + i + 0.5F) / 2 - 0.5F) * 4) < 0.5F);
        QVERIFY(std::abs(twice[0][0][5][i].item<float>() * 255 - static_cast<float>((20 + i) * 4)) < 0.5F);
    }
}

void TestControlNets::maskIsMarked()
{
    const Image picture = coordinates(40, 30), mask = rectMask({40, 30}, {24, 10, 4, 6});
    const at::Tensor marked = seen(choice({}, ControlSource::Inpaint), picture, {20, 8, 16, 16}, mask)[0];
    for (int y = 0; y < 16; ++y) {
        for (int x = 0; x < 16; ++x) {
            const bool inside = x >= 4 && x < 8 && y >= 2 && y < 8;
            const float red = inside ? -1.0F : static_cast<float>((20 + x) * 4) / 255, blue = inside ? -1.0F : 0.0F;
            QVERIFY(std::abs(marked[0][y][x].item<float>() - red) < 1e-5F);
            QVERIFY(std::abs(marked[2][y][x].item<float>() - blue) < 1e-5F);
        }
    }
}

void TestControlNets::edgesOfTheOwnPicture()
{
    const Image step = rectMask({40, 30}, {0, 0, 26, 30}), flat = rectMask({40, 30}, {});
    const Rect crop{20, 8, 16, 16};
    const at::Tensor edges = seen(choice({}, ControlSource::Canny), step, crop);
    QCOMPARE(edges.sizes(), at::IntArrayRef({1, 3, 16, 16}));
    QCOMPARE(edges.sum().item<float>(), 3 * 16.0F);
    QCOMPARE(edges[0][2][7][5].item<float>(), 1.0F);
    QVERIFY(at::equal(seen(choice({}, ControlSource::Canny, step), flat, crop), edges));
    QCOMPARE(seen(choice({}, ControlSource::Canny, flat), step, crop).sum().item<float>(), 0.0F);
}

void TestControlNets::windowShowsWhatIsSeen_data()
{
    QTest::addColumn<int>("source");
    QTest::addColumn<bool>("ownPicture");
    QTest::newRow("picture") << int(ControlSource::Picture) << true;
    QTest::newRow("canny") << int(ControlSource::Canny) << false;
    QTest::newRow("canny of a picture") << int(ControlSource::Canny) << true;
    QTest::newRow("lineart") << int(ControlSource::Lineart) << false;
    QTest::newRow("scribble") << int(ControlSource::Scribble) << false;
    QTest::newRow("inpaint") << int(ControlSource::Inpaint) << false;
}

/// The picture for the window (controlPicture) is the tensor that the network gets, in 8 bits.
void TestControlNets::windowShowsWhatIsSeen()
{
    QFETCH(int, source);
    QFETCH(bool, ownPicture);
    const Image picture = rectMask({40, 30}, {26, 9, 5, 9}), mask = rectMask({40, 30}, {24, 10, 4, 6});
    const Rect crop{20, 8, 16, 16};
    const ControlChoice control = choice({}, ControlSource(source), ownPicture ? rectMask({20, 15}, {12, 5, 3, 4}) : Image());
    const at::Tensor seenByNetwork = seen(control, picture, crop, mask)[0].clamp(0, 1);
    const Image shown = unwrap(controlPicture(control, picture, subImage(mask, crop), crop, {16, 16}));
    QCOMPARE(shown.channels, 3);
    float most = 0;
    for (int y = 0; y < 16; ++y) {
        for (int x = 0; x < 16; ++x) {
            for (int c = 0; c < 3; ++c) {
                const float value = seenByNetwork[c][y][x].item<float>() * 255;
                most = std::max(most, value);
                QVERIFY(std::abs(value - shown.row8(y)[3 * x + c]) < 0.51F);
            }
        }
    }
    QVERIFY(most > 100); // there was something to see
}

QTEST_APPLESS_MAIN(TestControlNets)
#include "tst_control_nets.moc"
