// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/torch_engine.h"

#include "inference/core/log.h"
#include "inference/core/platform.h"
#include "inference/core/request_check.h"
#include "inference/engine/bench.h"
#include "inference/engine/buffer_pool.h"
#include "inference/engine/edit_run.h"
#include "inference/engine/lora_source.h"
#include "inference/engine/model_verify.h"
#include "inference/engine/picture_run.h"
#include "inference/engine/preview_decoder.h"
#include "inference/engine/run_settings.h"
#include "inference/engine/threads.h"
#include "inference/io/inpaint_check.h"
#include "inference/io/vae_file.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <chrono>
#include <new>

namespace pentimento {
namespace {

Error outOfMemory(const std::string& detail)
{
    return {ErrorCode::OutOfMemory,
            "there is not enough memory for this edit",
            {},
            "use a smaller working size or close other programs",
            detail};
}

/// The one place where exceptions end: whatever `work` throws becomes a value.
template <typename Outcome, typename Work> Outcome guarded(Work&& work) noexcept
{
    struct Trim {
        ~Trim() { trimBufferPool(); }
    } const trim;
    try {
        const c10::InferenceMode inferenceMode;
        return work();
    } catch (const CancelledException&) {
        return Cancelled{};
    } catch (const Exception& e) {
        return e.error();
    } catch (const std::bad_alloc& e) {
        return outOfMemory(e.what());
    } catch (const c10::Error& e) {
        const std::string text = e.what_without_backtrace();
        if (text.find("not enough memory") != std::string::npos || text.find("out of memory") != std::string::npos)
            return outOfMemory(text);
        return Error{ErrorCode::Internal, "the inference library failed", {}, "report this with the log", text};
    } catch (const std::exception& e) {
        return Error{ErrorCode::Internal, "the edit failed", {}, "report this with the log", e.what()};
    } catch (...) {
        return Error{ErrorCode::Internal, "the edit failed", {}, "report this with the log", {}};
    }
}

Result runTask(const LoadedModel& model, const ControlNets::Networks& controls, const Request& request, EventSink& sink,
               const ForwardContext& context)
{
    if (request.reference)
        return runReference(model, controls, request, sink, context);
    switch (request.task) {
    case Task::Transform: return runTransform(model, controls, request, sink, context);
    case Task::Generate: return runGenerate(model, controls, request, sink, context);
    case Task::Inpaint: break;
    }
    return runEdit(model, controls, request, sink, context);
}

} // namespace

TorchEngine::TorchEngine(const Host&)
{
    installBufferPool();
    setThreads(0);
    const EngineInfo facts = info();
    logInfo("libtorch {}, BLAS {}, {} threads", facts.torch, facts.blas, facts.threads);
}

const LoadedModel& TorchEngine::requireModel(const Request& request, const ForwardContext& context)
{
    if (!m_model || m_model->info.path != request.model || m_model->vae != request.vae || m_model->loras != request.loras ||
        m_model->previewDecoderPath != request.previewDecoder) {
        m_model.reset(); // never two models at a time
        ModelParts parts = openModel(request.model);
        if (!request.vae.empty())
            replaceVae(parts, request.vae);
        const std::shared_ptr<LoadedModel> loaded = loadModel(parts, context, request.loras);
        addPreviewDecoder(*loaded, request.previewDecoder, context);
        m_model = loaded;
        trimBufferPool();
    }
    return *m_model;
}

Outcome TorchEngine::run(const Request& asked, EventSink& sink, const CancelToken& cancel) noexcept
{
    return guarded<Outcome>([&]() -> Outcome {
        const ForwardContext context{&cancel};
        const Request request = withTaggedLoras(asked);
        checkRequest(request);
        setThreads(request.threads);
        const auto began = std::chrono::steady_clock::now();
        if (request.requireInpaintModel)
            requireInpaintModel(unwrap(inspectModel(request.model)));
        sink.loading("model");
        m_controlNets.keepOnly(request.controls);
        const LoadedModel& model = requireModel(request, context);
        const ControlNets::Networks controls = m_controlNets.require(request.controls, model, context);
        for (const std::string& notice : model.notices)
            sink.notice(notice);
        const auto loaded = std::chrono::steady_clock::now();
        Result result = runTask(model, controls, request, sink, context);
        result.loadSeconds = std::chrono::duration<double>(loaded - began).count();
        result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - loaded).count();
        result.peakMemory = platform::peakMemory();
        logInfo("edit done: {} steps in {:.2f} s, peak memory {} MB", result.steps, result.seconds, result.peakMemory >> 20);
        return result;
    });
}

std::variant<std::monostate, Error, Cancelled> TorchEngine::preload(const Request& request, const CancelToken& cancel) noexcept
{
    using Loaded = std::variant<std::monostate, Error, Cancelled>;
    return guarded<Loaded>([&]() -> Loaded {
        requireModel(request, ForwardContext{&cancel});
        return std::monostate{};
    });
}

std::variant<ModelCheck, Error, Cancelled> TorchEngine::verify(const std::filesystem::path& model, const WorkReport& report,
                                                               const CancelToken& cancel) noexcept
{
    using Verified = std::variant<ModelCheck, Error, Cancelled>;
    return guarded<Verified>([&]() -> Verified {
        m_model.reset(); // never two models at a time
        m_controlNets.keepOnly({});
        WorkMeter meter(report, cancel);
        return verifyModel(model, meter, ForwardContext{&cancel});
    });
}

EngineInfo TorchEngine::info() noexcept
{
    return threadFacts();
}

Expected<std::vector<BenchRow>> TorchEngine::bench(const BenchRequest& request, const CancelToken& cancel) noexcept
{
    using Rows = std::variant<std::vector<BenchRow>, Error, Cancelled>;
    Rows rows = guarded<Rows>([&]() -> Rows {
        setThreads(request.threads);
        return runBench(request, ForwardContext{&cancel});
    });
    if (auto* done = std::get_if<std::vector<BenchRow>>(&rows))
        return std::move(*done);
    if (Error* error = std::get_if<Error>(&rows))
        return std::move(*error);
    return Error{ErrorCode::Usage, "the measurement was cancelled", {}, {}, {}};
}

} // namespace pentimento
