// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/variant_run.h"

#include "inference/engine/run_reporter.h"
#include "inference/io/safetensors_writer.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace pentimento {
namespace {

/// NaN in the result means a damaged model or an overflow; nobody wants to see a black patch instead of the reason.
void checkFinite(const at::Tensor& image, const LoadedModel& model)
{
    if (!at::isfinite(image).all().item<bool>())
        throw Exception(ErrorCode::BadInput, "the model computes no numbers (NaN)", model.info.path.string(),
                        "get a fresh copy of its weights");
}

void writeDump(const std::filesystem::path& file, const Trace& trace)
{
    std::vector<TensorData> tensors;
    for (const auto& [name, value] : trace) {
        const at::Tensor tensor = value.contiguous();
        const std::vector<std::int64_t> shape = tensor.sizes().vec();
        if (tensor.scalar_type() == at::kLong)
            tensors.push_back(tensorData(name, shape, tensor.data_ptr<std::int64_t>()));
        else if (tensor.scalar_type() == at::kDouble)
            tensors.push_back(tensorData(name, shape, tensor.data_ptr<double>()));
        else
            tensors.push_back(tensorData(name, shape, tensor.data_ptr<float>()));
    }
    writeSafetensors(file, tensors);
}

} // namespace

void runVariants(const LoadedModel& model, const Request& request, const RunSettings& settings, Scheduler& scheduler,
                 const DiffusionInputs& inputs, const Result& result, EventSink& sink, const ForwardContext& context,
                 const std::function<void(const at::Tensor& picture, std::uint64_t seed)>& take)
{
    const int runs = request.batch / settings.diffusion.batch, totalSteps = result.steps * runs;
    sink.started({model.info.name, result.plan, totalSteps, request.seed});
    RunReporter reporter(model, request, sink, result.plan.crop, inputs, context, totalSteps);
    Trace trace;
    for (int i = 0; i < runs; ++i) {
        const std::uint64_t seed = request.seed + static_cast<std::uint64_t>(i);
        at::Generator generator = at::detail::createCPUGenerator(seed);
        reporter.beginVariant(i);
        const at::Tensor pictures = diffuse(model.networks, scheduler, inputs, settings.diffusion, generator, context,
                                            std::ref(reporter), request.dump.empty() || i > 0 ? nullptr : &trace);
        checkFinite(pictures, model);
        context.poll();
        for (std::int64_t k = 0; k < pictures.size(0); ++k)
            take(pictures.narrow(0, k, 1), seed + static_cast<std::uint64_t>(k));
    }
    if (!request.dump.empty())
        writeDump(request.dump, trace);
}

} // namespace pentimento
