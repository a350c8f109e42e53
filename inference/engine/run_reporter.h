// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/engine/model_loader.h"

#include <chrono>

namespace pentimento {

/// Turns the loop's reports into events: progress, time left, previews. Lives as long as one run; what it is made from
/// must live longer.
class RunReporter {
public:
    RunReporter(const LoadedModel& model, const Request& request, EventSink& sink, const Rect& rect,
                const DiffusionInputs& inputs, const ForwardContext& context, int totalSteps);
    void beginVariant(int index) { m_variant = index; }
    void operator()(const StepReport& report);

private:
    std::optional<Image> preview(const StepReport& report);
    std::optional<Image> tinyPreview(const at::Tensor& denoised);
    Image quickPreview(const at::Tensor& denoised) const;
    Image decodedPreview(const at::Tensor& denoised) const;

    const LoadedModel& m_model;
    const Request& m_request;
    EventSink& m_sink;
    Rect m_rect;
    at::Tensor m_picture, m_latentMask; ///< undefined where nothing of a picture shows
    ForwardContext m_context;
    int m_totalSteps, m_variant = 0;
    using Clock = std::chrono::steady_clock;
    Clock::time_point m_began, m_lastDecoded;
    double m_decodeSeconds = 0; ///< that the last tiny preview took
};

} // namespace pentimento
