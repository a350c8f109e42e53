// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/run_reporter.h"

#include <ATen/ATen.h>

namespace pentimento {

RunReporter::RunReporter(const LoadedModel& model, const Request& request, EventSink& sink, const Rect& rect,
                         const DiffusionInputs& inputs, const ForwardContext& context, int totalSteps)
    : m_model(model), m_request(request), m_sink(sink), m_rect(rect), m_context(context), m_totalSteps(totalSteps),
      m_began(std::chrono::steady_clock::now())
{
    if (!inputs.mask.defined())
        return;
    m_picture = inputs.picture;
    m_latentMask = maskToLatents(inputs.mask, model.networks.vae.config().factor(), false);
}

void RunReporter::operator()(const StepReport& report)
{
    const int done = m_variant * report.steps + report.step;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_began).count();
    // Decoding costs about one step more per picture.
    const double perStep = seconds / done;
    const int variantsLeft = m_totalSteps / report.steps - m_variant;
    m_sink.progress({done, m_totalSteps, seconds, perStep * (m_totalSteps - done + variantsLeft)});
    if (m_variant > 0 || report.step == report.steps)
        return;
    if (std::optional<Image> shown = preview(report))
        m_sink.preview({report.step, m_rect, std::move(*shown)});
}

std::optional<Image> RunReporter::preview(const StepReport& report)
{
    if (m_request.previewEvery > 0 && report.step % m_request.previewEvery == 0)
        return decodedPreview(report.denoised);
    if (!m_sink.wantsPreview())
        return std::nullopt;
    return m_model.previewDecoder ? tinyPreview(report.denoised) : std::optional(quickPreview(report.denoised));
}

// On small models decoding can take as long as a step: previews then come less often, so that the run stays quick.
std::optional<Image> RunReporter::tinyPreview(const at::Tensor& denoised)
{
    constexpr double share = 0.2; // of the time
    const Clock::time_point began = Clock::now();
    if (std::chrono::duration<double>(began - m_lastDecoded).count() < m_decodeSeconds * (1 / share - 1))
        return std::nullopt;
    const at::Tensor picture = m_model.previewDecoder->decode(denoised.narrow(0, 0, 1), m_context);
    Image image = imageFromTensor((picture / 2 + 0.5).clamp(0, 1));
    m_lastDecoded = Clock::now();
    m_decodeSeconds = std::chrono::duration<double>(m_lastDecoded - began).count();
    return image;
}

Image RunReporter::quickPreview(const at::Tensor& denoised) const
{
    return previewFromLatents(denoised, m_model.latentRgb, m_picture, m_latentMask);
}

Image RunReporter::decodedPreview(const at::Tensor& denoised) const
{
    return imageFromTensor(decodeLatents(m_model.networks.vae, denoised.narrow(0, 0, 1), m_context));
}

} // namespace pentimento
