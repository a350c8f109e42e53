// SPDX-License-Identifier: Apache-2.0
// A model loads from one file as it does from a folder, whatever its numbers are stored as.
#include "inference/engine/model_loader.h"

#include "inference/io/vae_file.h"

#include "tests/support/golden.h"
#include "tests/support/original_layout.h"

#include <QTest>

#include <random>

using namespace pentimento;
using namespace pentimento::testing;
namespace fs = std::filesystem;

namespace {

/// A reference model as single file, opened, with the folder's configs: full-size rules do not hold for tiny models.
ModelParts openOriginal(const ModelParts& folder, const std::string& family, const fs::path& path)
{
    writeOriginal(folder, family, path);
    ModelParts file = openModel(path);
    file.unet.config = folder.unet.config;
    file.vae.config = folder.vae.config;
    file.index = folder.index;
    for (std::size_t i = 0; i < file.textEncoders.size(); ++i) {
        file.textEncoders[i].network.config = folder.textEncoders.at(i).network.config;
        file.textEncoders[i].tokenizer = folder.textEncoders[i].tokenizer;
    }
    file.missing.clear();
    return file;
}

/// The text encoder of sd15-inpaint with `change` made to every tensor, loaded from its folder.
template <typename Change> CLIPTextModel::Output changedTextEncoder(Change&& change, const at::Tensor& ids)
{
    const TemporaryFolder temporary;
    const fs::path folder = referenceModel("sd15-inpaint", temporary);
    {
        std::vector<TensorData> tensors;
        const ModelParts parts = openModel(folder);
        for (const auto& [name, tensor] : parts.textEncoders.front().network.tensors->tensors)
            tensors.push_back(change(copied(tensor, name)));
        writeSafetensors(folder / "text_encoder" / "model.safetensors", tensors);
    }
    return loadModel(folder, ForwardContext())->networks.textEncoders.front().forward(ids, ForwardContext());
}

} // namespace

class TestModelLoader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void singleFilesComputeTheSame_data();
    void singleFilesComputeTheSame();
    void narrowNumbersAreExact_data();
    void narrowNumbersAreExact();
    void scaledWeightsAreScaled();
    void withoutVocabularyTheStepIsNamed();
    void anotherVaeIsUsed_data();
    void anotherVaeIsUsed();
    void whatIsNoVaeIsRefused();

private:
    const ForwardContext m_context;
};

void TestModelLoader::singleFilesComputeTheSame_data()
{
    QTest::addColumn<QString>("model");
    for (const char* model : {"sd15-base", "sd15-inpaint", "sd2-base", "sd2-inpaint", "sdxl-base", "sdxl-inpaint"})
        QTest::newRow(model) << QString::fromLatin1(model);
}

void TestModelLoader::singleFilesComputeTheSame()
{
    QFETCH(QString, model);
    const std::string family = model.section(u'-', 0, 0).toStdString(), kind = model.section(u'-', 1).toStdString();
    const TemporaryFolder temporary;
    const ModelParts parts = openModel(referenceModel(model.toStdString(), temporary));
    const ModelParts original = openOriginal(parts, family, temporary.path() / "file.safetensors");
    const auto folder = loadModel(parts, m_context), file = loadModel(original, m_context);

    const Golden golden(referenceFolder() / (family + ".safetensors"));
    for (std::size_t i = 0; i < folder->networks.textEncoders.size(); ++i) {
        const auto run = [&](const LoadedModel& m) {
            return m.networks.textEncoders[i].forward(golden["tokens.ids"], m_context);
        };
        const CLIPTextModel::Output a = run(*file), b = run(*folder);
        QVERIFY(at::equal(a.lastHiddenState, b.lastHiddenState));
        QCOMPARE(a.pooled.defined(), b.pooled.defined());
        if (a.pooled.defined()) {
            QVERIFY(at::equal(a.pooled, b.pooled));
            QVERIFY(relativeError(a.pooled, golden["text2.text_embeds"]) < 1e-5); // the projection is square: no shape tells
        }
    }
    const std::string key = "unet." + kind + ".";
    UNetConditions conditions{golden[key + "context"], {}, {}, 1};
    if (family == "sdxl") {
        conditions.pooled = golden[key + "text_embeds"];
        conditions.timeIds = golden[key + "time_ids"];
    }
    const UNet2DConditionModel& unet = file->networks.unet;
    const at::Tensor output = unet.forward(golden[key + "sample"], 500, unet.encodeContext(conditions), m_context);
    QVERIFY(relativeError(output, golden[key + "500"]) < 1e-4);
    const at::Tensor latents = at::ones({1, 4, 4, 4});
    QVERIFY(at::equal(file->networks.vae.decode(latents, m_context), folder->networks.vae.decode(latents, m_context)));
    const at::Tensor picture = at::ones({1, 3, 32, 32});
    QVERIFY(at::equal(file->networks.vae.encode(picture, m_context).mean, folder->networks.vae.encode(picture, m_context).mean));

    // OpenCLIP pads with "!", whose id is 0; CLIP with the end token.
    const ClipTokenizer &first = file->tokenizers.front(), &last = file->tokenizers.back();
    QCOMPARE(first.paddingId(), family == "sd2" ? std::int64_t{0} : first.endId());
    QCOMPARE(last.paddingId(), family == "sd15" ? last.endId() : std::int64_t{0});
    QCOMPARE(file->info.unetInChannels, kind == "inpaint" ? 9 : 4);
}

void TestModelLoader::narrowNumbersAreExact_data()
{
    QTest::addColumn<int>("dtype");
    for (const Dtype dtype : {Dtype::F64, Dtype::F16, Dtype::BF16, Dtype::F8E4M3, Dtype::F8E5M2})
        QTest::newRow(dtypeName(dtype)) << int(dtype);
}

/// The same values stored narrow and as float32.
void TestModelLoader::narrowNumbersAreExact()
{
    QFETCH(int, dtype);
    const Dtype narrow = static_cast<Dtype>(dtype);
    const at::Tensor ids = Golden(referenceFolder() / "sd15.safetensors")["tokens.ids"];
    const auto stored = [narrow](const TensorData& wide, bool asFloat) {
        std::mt19937 random(static_cast<unsigned>(wide.bytes.size()));
        std::vector<std::byte> narrowBytes;
        std::vector<float> values;
        for (std::size_t i = 0; i < wide.bytes.size() / 4; ++i) {
            // Bytes of magnitude 0.008 to 1 in each of the formats; float64 with more digits than float32 has.
            std::uint64_t bits = random();
            if (narrow == Dtype::F64) {
                const double value = static_cast<double>(bits) / 4e9 - 0.5 + 1e-12;
                values.push_back(static_cast<float>(value));
                std::memcpy(&bits, &value, 8);
            } else if (narrow == Dtype::F16) {
                bits = 0x2000 + bits % 0x1c00 + (bits >> 31 << 15);
                values.push_back(static_cast<float>(c10::Half(static_cast<unsigned short>(bits), c10::Half::from_bits())));
            } else if (narrow == Dtype::BF16) {
                bits = 0x3c00 + bits % 0x380 + (bits >> 31 << 15);
                values.push_back(
                    static_cast<float>(c10::BFloat16(static_cast<unsigned short>(bits), c10::BFloat16::from_bits())));
            } else {
                // Sign, exponent and mantissa by hand.
                const unsigned mantissaBits = narrow == Dtype::F8E4M3 ? 3 : 2, bias = narrow == Dtype::F8E4M3 ? 7 : 15;
                const unsigned mantissa = bits % (1U << mantissaBits), below = bits / 8 % 7;
                const double magnitude = std::ldexp(1.0 + mantissa / double(1U << mantissaBits), -int(below));
                values.push_back(static_cast<float>(bits >> 31 ? -magnitude : magnitude));
                bits = (bits >> 31 << 7) | ((bias - below) << mantissaBits) | mantissa;
            }
            const auto* bytes = reinterpret_cast<const std::byte*>(&bits);
            narrowBytes.insert(narrowBytes.end(), bytes, bytes + dtypeSize(narrow));
        }
        return asFloat ? tensorData(wide.name, wide.shape, values.data())
                       : TensorData{wide.name, narrow, wide.shape, narrowBytes};
    };
    const auto a = changedTextEncoder([&](const TensorData& tensor) { return stored(tensor, false); }, ids);
    const auto b = changedTextEncoder([&](const TensorData& tensor) { return stored(tensor, true); }, ids);
    QVERIFY(at::isfinite(a.lastHiddenState).all().item<bool>());
    QVERIFY(at::equal(a.lastHiddenState, b.lastHiddenState));
}

/// Beside a weight of scaled fp8 lies the number that it is multiplied with.
void TestModelLoader::scaledWeightsAreScaled()
{
    const TemporaryFolder temporary;
    const ModelParts folder = openModel(referenceModel("sd15-inpaint", temporary));
    const fs::path path = temporary.path() / "file.safetensors", scaledPath = temporary.path() / "scaled.safetensors";
    const ModelParts plain = openOriginal(folder, "sd15", path);
    const std::string layer = "model.diffusion_model.input_blocks.1.1.proj_in";
    std::vector<TensorData> tensors;
    const SafetensorsFile whole(path);
    for (const TensorEntry& entry : whole.tensors()) {
        tensors.push_back(copied({&entry}, entry.name));
        if (entry.name != layer + ".weight")
            continue;
        for (std::size_t i = 0; i < tensors.back().bytes.size(); i += 4) {
            float value = 0;
            std::memcpy(&value, &tensors.back().bytes[i], 4);
            value *= 4;
            std::memcpy(&tensors.back().bytes[i], &value, 4);
        }
    }
    const float quarter = 0.25F;
    tensors.push_back(tensorData(layer + ".scale_weight", {1}, &quarter));
    writeSafetensors(scaledPath, tensors);
    ModelParts scaled = plain;
    scaled.unet.tensors = openModel(scaledPath).unet.tensors;
    const auto run = [&](const ModelParts& parts) {
        const auto model = loadModel(parts, m_context);
        const EncodedContext encoded = model->networks.unet.encodeContext({at::ones({1, 77, 32}), {}, {}, 1});
        return model->networks.unet.forward(at::ones({1, 9, 8, 8}), 500, encoded, m_context);
    };
    QVERIFY(at::equal(run(scaled), run(plain)));
}

void TestModelLoader::withoutVocabularyTheStepIsNamed()
{
    const TemporaryFolder temporary;
    const ModelParts folder = openModel(referenceModel("sd15-inpaint", temporary));
    ModelParts file = openOriginal(folder, "sd15", temporary.path() / "file.safetensors");
    file.textEncoders.front().tokenizer.clear();
    try {
        loadModel(file, m_context);
        QFAIL("it loaded");
    } catch (const Exception& e) {
        QCOMPARE(e.error().code, ErrorCode::Unsupported);
        QVERIFY(e.error().remedy.find("packaging/clip-vocabulary.sh") != std::string::npos);
    }
}

void TestModelLoader::anotherVaeIsUsed_data()
{
    QTest::addColumn<QString>("place");
    for (const char* place :
         {"sd15-base/vae", "sd15-base", "sd15-base/vae/diffusion_pytorch_model.safetensors", "whole.safetensors"})
        QTest::newRow(place) << QString::fromLatin1(place);
}

void TestModelLoader::anotherVaeIsUsed()
{
    QFETCH(QString, place);
    const TemporaryFolder temporary;
    const fs::path folder = referenceModel("sd15-base", temporary),
                   weights = folder / "vae" / "diffusion_pytorch_model.safetensors";
    {
        std::vector<TensorData> tensors;
        const ModelParts parts = openModel(folder);
        for (const auto& [name, tensor] : parts.vae.tensors->tensors) {
            tensors.push_back(copied(tensor, name));
            if (name == "decoder.conv_out.bias") {
                std::array<float, 3> bias;
                std::memcpy(bias.data(), tensors.back().bytes.data(), sizeof bias);
                for (float& value : bias)
                    value += 0.5F;
                std::memcpy(tensors.back().bytes.data(), bias.data(), sizeof bias);
            }
        }
        writeSafetensors(weights, tensors);
    }
    writeOriginal(openModel(folder), "sd15", temporary.path() / "whole.safetensors");
    ModelParts parts = openModel(referenceFolder() / "sd15-inpaint");
    const fs::path vae = temporary.path() / place.toStdString();
    replaceVae(parts, vae);
    // Tiny, it groups its norms by fewer channels than a deduced config says.
    parts.vae.config.json["norm_num_groups"] = openModel(folder).vae.config.json.at("norm_num_groups");
    const auto model = loadModel(parts, m_context);
    QCOMPARE(model->vae, vae);
    const Golden golden(referenceFolder() / "sd15.safetensors");
    const at::Tensor picture = model->networks.vae.decode(golden["vae.mean"], m_context);
    QVERIFY(relativeError(picture - 0.5, golden["vae.decode"]) < 1e-4);
}

void TestModelLoader::whatIsNoVaeIsRefused()
{
    const TemporaryFolder temporary;
    writeText(temporary.path() / "vae.ckpt", "PK");
    writeText(temporary.path() / "broken.safetensors", "PK");
    for (const fs::path& path : {temporary.path() / "vae.ckpt", temporary.path() / "broken.safetensors",
                                 temporary.path() / "absent.safetensors", referenceFolder() / "sd15-lora" / "kohya.safetensors",
                                 referenceFolder() / "sd15-inpaint" / "unet" / "diffusion_pytorch_model.safetensors"}) {
        ModelParts parts = openModel(referenceFolder() / "sd15-inpaint");
        try {
            replaceVae(parts, path);
            QFAIL(path.c_str());
        } catch (const Exception& e) {
            QCOMPARE(e.error().code, ErrorCode::BadInput);
            QVERIFY2(e.error().where.find(path.filename().string()) != std::string::npos, e.error().where.c_str());
        }
    }
}

QTEST_GUILESS_MAIN(TestModelLoader)
#include "tst_model_loader.moc"
