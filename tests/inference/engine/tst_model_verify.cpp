// SPDX-License-Identifier: Apache-2.0
// `models verify`: a sound model has no problems, every damage is told with its tensor or file.
#include "inference/engine/model_verify.h"

#include "inference/io/model_parts.h"
#include "inference/io/safetensors_writer.h"

#include "tests/support/reference_folder.h"

#include <QTest>

#include <cstring>

using namespace pentimento;
using namespace pentimento::testing;
namespace fs = std::filesystem;

namespace {

ModelCheck verified(const fs::path& model)
{
    WorkMeter meter({}, CancelToken());
    return verifyModel(model, meter, ForwardContext());
}

/// Rewrites the weights of one part with `change` made to its list of tensors.
template <typename Change> void rewrite(const fs::path& file, Change&& change)
{
    std::vector<TensorData> tensors;
    {
        const SafetensorsFile old(file);
        for (const TensorEntry& entry : old.tensors())
            tensors.push_back(
                {entry.name, entry.dtype, entry.shape, std::vector<std::byte>(entry.data, entry.data + entry.bytes)});
    }
    change(tensors);
    writeSafetensors(file, tensors);
}

bool mentions(const std::vector<std::string>& problems, const std::string& a, const std::string& b)
{
    return std::any_of(problems.begin(), problems.end(), [&](const std::string& problem) {
        return problem.find(a) != std::string::npos && problem.find(b) != std::string::npos;
    });
}

} // namespace

class TestModelVerify : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theStarterIsSound();
    void everyFaultIsTold();
    void damagedValuesAreTold();
    void randomWeightsGiveNoPictureBack();
    void cancelStops();
};

void TestModelVerify::theStarterIsSound()
{
    const ModelCheck check = verified(starterFolder());
    QVERIFY2(check.problems().empty(), check.problems().empty() ? "" : check.problems().front().c_str());
    QCOMPARE(check.files.size(), std::size_t(3));
    QVERIFY(check.trial && check.trial->vaePsnr > 20 && check.trial->unetRms > 0.2 && check.trial->unetRms < 5);
}

void TestModelVerify::everyFaultIsTold()
{
    const TemporaryFolder temporary;
    const fs::path folder = referenceModel("sd15-inpaint", temporary);
    rewrite(folder / "unet" / "diffusion_pytorch_model.safetensors", [](std::vector<TensorData>& tensors) {
        std::erase_if(tensors, [](const TensorData& t) { return t.name == "mid_block.resnets.0.conv1.weight"; });
        for (TensorData& tensor : tensors) {
            if (tensor.name == "time_embedding.linear_1.weight")
                std::swap(tensor.shape[0], tensor.shape[1]);
        }
        tensors.push_back({"left_over.weight", Dtype::F32, {1}, std::vector<std::byte>(4)});
    });
    writeText(folder / "SHA256SUMS", std::string(64, '0') + "  vae/diffusion_pytorch_model.safetensors\n");
    const ModelCheck check = verified(folder);
    const std::vector<std::string> problems = check.problems();
    QVERIFY(mentions(problems, "mid_block.resnets.0.conv1.weight", "is missing"));
    QVERIFY(mentions(problems, "time_embedding.linear_1.weight", "has the shape"));
    QVERIFY(mentions(problems, "vae", "SHA256SUMS"));
    QCOMPARE(problems.size(), std::size_t(3));
    QVERIFY(mentions(check.unused, "left_over.weight", "unet"));
    QVERIFY(!check.trial);
}

void TestModelVerify::damagedValuesAreTold()
{
    const TemporaryFolder temporary;
    const fs::path folder = referenceModel("sd15-inpaint", temporary);
    rewrite(folder / "unet" / "diffusion_pytorch_model.safetensors", [](std::vector<TensorData>& tensors) {
        const std::uint32_t nan = 0x7fc00000;
        for (TensorData& tensor : tensors) {
            if (tensor.name == "conv_out.bias")
                std::memcpy(tensor.bytes.data() + 4, &nan, 4);
        }
        tensors.push_back({"left_over.weight", Dtype::F32, {1}, std::vector<std::byte>(4, std::byte{0xff})}); // NaN, not used
    });
    const std::vector<std::string> problems = verified(folder).problems();
    QCOMPARE(problems.size(), std::size_t(1));
    QVERIFY(mentions(problems, "conv_out.bias", "1 NaN"));
}

void TestModelVerify::randomWeightsGiveNoPictureBack()
{
    const TemporaryFolder temporary;
    const ModelCheck check = verified(referenceModel("sdxl-inpaint", temporary));
    QVERIFY(check.trial);
    QVERIFY(check.trial->vaePsnr < 15);
    QVERIFY(mentions(check.problems(), "VAE", "dB"));
}

void TestModelVerify::cancelStops()
{
    const CancelToken cancel;
    std::vector<std::string> stages;
    WorkMeter meter(
        [&](const WorkProgress& progress) {
            stages.push_back(progress.what);
            if (progress.done > 0.2)
                cancel.cancel();
        },
        cancel);
    const ForwardContext context{&cancel};
    QVERIFY_THROWS_EXCEPTION(CancelledException, verifyModel(starterFolder(), meter, context));
    QVERIFY(stages.size() >= 2);
}

QTEST_APPLESS_MAIN(TestModelVerify)
#include "tst_model_verify.moc"
