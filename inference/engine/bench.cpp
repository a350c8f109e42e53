// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/bench.h"

#include "inference/engine/edit_run.h"
#include "inference/models/flop_counter.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

namespace pentimento {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point began)
{
    return std::chrono::duration<double>(Clock::now() - began).count();
}

/// Fastest of `repeats` runs after one that warms up: the machine's noise only ever adds.
double fastest(int repeats, const std::function<void()>& work)
{
    work();
    double best = 1e30;
    for (int i = 0; i < repeats; ++i) {
        const Clock::time_point began = Clock::now();
        work();
        best = std::min(best, secondsSince(began));
    }
    return best;
}

BenchRow sgemmRow()
{
    constexpr std::int64_t side = 2048;
    const at::Tensor a = at::randn({side, side}), b = at::randn({side, side});
    BenchRow row{"sgemm 2048", 0, 2.0 * side * side * side / 1e9, 1, "the yardstick"};
    row.seconds = fastest(5, [&] { at::mm(a, b); });
    return row;
}

BenchRow measured(const std::string& name, int repeats, double sgemmRate, const std::string& note,
                  const std::function<void()>& work)
{
    BenchRow row;
    row.name = name;
    row.note = note;
    {
        const FlopCounter counter;
        work();
        row.gflop = counter.flop() / 1e9;
    }
    row.seconds = fastest(repeats, work);
    row.timesSgemm = row.gflop / row.seconds / sgemmRate;
    return row;
}

struct Architecture {
    UNet2DConditionConfig unet;
    AutoencoderKLConfig vae;
};

Architecture architecture(const std::string& name)
{
    if (name != "sd15-inpaint" && name != "sd15")
        throw Exception(ErrorCode::Usage, "\"" + name + "\" is no architecture that can be measured", "--arch",
                        "give sd15 or sd15-inpaint");
    Json unet = {{"in_channels", name == "sd15" ? 4 : 9}, {"cross_attention_dim", 768}};
    Json vae = {{"block_out_channels", {128, 256, 512, 512}}, {"layers_per_block", 2}};
    return {parseUNetConfig(unet, name), parseVaeConfig(vae, name)};
}

void addModelRows(const BenchRequest& request, const std::function<bool(const char*)>& wanted, double sgemmRate,
                  const ForwardContext& context, std::vector<BenchRow>& rows)
{
    if (!wanted("unet") && !wanted("vae-encode") && !wanted("vae-decode"))
        return;
    const Architecture arch = architecture(request.arch);
    const std::string suffix = " " + request.arch + " " + std::to_string(request.size);
    const std::int64_t factor = arch.vae.factor(), side = request.size / factor;
    if (wanted("unet")) {
        const UNet2DConditionModel unet = UNet2DConditionModel::load(arch.unet, Weights(randomWeights(1, false)));
        const at::Tensor sample = at::randn({2, arch.unet.inChannels, side, side});
        const EncodedContext encoded = unet.encodeContext({at::randn({2, 77, arch.unet.crossAttentionDim.front()}), {}, {}, 1});
        rows.push_back(measured("unet" + suffix, request.steps, sgemmRate, "one step with guidance: two evaluations",
                                [&] { unet.forward(sample, 500, encoded, context); }));
    }
    if (!wanted("vae-encode") && !wanted("vae-decode"))
        return;
    const AutoencoderKL vae = AutoencoderKL::load(arch.vae, Weights(randomWeights(2, false)));
    if (wanted("vae-encode")) {
        const at::Tensor picture = at::rand({1, 3, side * factor, side * factor}) * 2 - 1;
        rows.push_back(measured("vae-encode" + suffix, request.steps, sgemmRate, {}, [&] { vae.encode(picture, context); }));
    }
    if (wanted("vae-decode")) {
        const at::Tensor latents = at::randn({1, arch.vae.latentChannels, side, side});
        rows.push_back(measured("vae-decode" + suffix, request.steps, sgemmRate, {}, [&] { vae.decode(latents, context); }));
    }
}

/// Notes when the first preview comes.
class BenchSink : public EventSink {
public:
    BenchSink() : m_began(Clock::now()) {}
    void loading(const std::string&) noexcept override {}
    void started(const Started&) noexcept override {}
    void progress(const Progress&) noexcept override {}
    bool wantsPreview() noexcept override { return true; }
    void preview(const Preview&) noexcept override
    {
        if (firstPreview == 0)
            firstPreview = secondsSince(m_began);
    }
    void notice(const std::string&) noexcept override {}
    double firstPreview = 0;

private:
    Clock::time_point m_began;
};

/// Erase of a 200 px spot whose region is worked at 512 px.
Request editRequest()
{
    constexpr int side = 512;
    ImageBuffer picture(side, side, 3), mask(side, side, 1);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            for (int c = 0; c < 3; ++c)
                picture.row8(y)[x * 3 + c] = static_cast<std::uint8_t>((x * (c + 1) + y * (3 - c)) / 8);
            mask.row8(y)[x] = (x - 256) * (x - 256) + (y - 256) * (y - 256) < 100 * 100 ? 255 : 0;
        }
    }
    Request request;
    request.mode = Mode::Erase;
    request.image = std::move(picture).share();
    request.mask = std::move(mask).share();
    request.edit.size = Size{side, side};
    request.edit.crop.kind = CropKind::None;
    request.seed = 1;
    return request;
}

/// The longest that a run goes on after it was cancelled, at several moments of the `seconds` it would take.
double longestAfterCancel(const LoadedModel& model, const Request& request, double seconds)
{
    double longest = 0;
    for (const double share : {0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97}) {
        const CancelToken token;
        const ForwardContext context{&token};
        Clock::time_point cancelled;
        std::thread canceller([&] {
            std::this_thread::sleep_for(std::chrono::duration<double>(share * seconds));
            cancelled = Clock::now();
            token.cancel();
        });
        bool stopped = false;
        try {
            BenchSink sink;
            runEdit(model, {}, request, sink, context);
        } catch (const CancelledException&) {
            stopped = true;
        }
        const Clock::time_point ended = Clock::now();
        canceller.join();
        if (stopped)
            longest = std::max(longest, std::chrono::duration<double>(ended - cancelled).count());
    }
    return longest;
}

void addEditRows(const BenchRequest& bench, const ForwardContext& context, std::vector<BenchRow>& rows)
{
    Clock::time_point began = Clock::now();
    const std::shared_ptr<const LoadedModel> model = loadModel(bench.model, context);
    rows.push_back({"load " + model->info.name, secondsSince(began), 0, 0, "warm disk cache"});
    const Request request = editRequest();
    double best = 1e30, preview = 0;
    int steps = 0;
    for (int i = 0; i < bench.steps; ++i) {
        BenchSink sink;
        began = Clock::now();
        steps = runEdit(*model, {}, request, sink, context).steps;
        if (secondsSince(began) < best) {
            best = secondsSince(began);
            preview = sink.firstPreview;
        }
    }
    rows.push_back({"first preview 512", preview, 0, 0, "erase, model loaded"});
    rows.push_back({"edit 512", best, 0, 0, "erase, " + std::to_string(steps) + " steps, paste included"});
    rows.push_back(
        {"cancel 512", longestAfterCancel(*model, request, best), 0, 0, "cancel to idle, the longest of seven moments"});
}

} // namespace

std::vector<BenchRow> runBench(const BenchRequest& request, const ForwardContext& context)
{
    const std::vector<std::string> known = {"sgemm", "unet", "vae-encode", "vae-decode", "edit"};
    for (const std::string& row : request.rows) {
        if (std::find(known.begin(), known.end(), row) == known.end())
            throw Exception(ErrorCode::Usage, "\"" + row + "\" is no row", "ROW",
                            "give sgemm, unet, vae-encode, vae-decode or edit");
    }
    const auto wanted = [&](const char* name) {
        return request.rows.empty() || std::find(request.rows.begin(), request.rows.end(), name) != request.rows.end();
    };
    std::vector<BenchRow> rows{sgemmRow()};
    const double sgemmRate = rows.front().gflop / rows.front().seconds;
    addModelRows(request, wanted, sgemmRate, context, rows);
    if (wanted("edit"))
        addEditRows(request, context, rows);
    return rows;
}

} // namespace pentimento
