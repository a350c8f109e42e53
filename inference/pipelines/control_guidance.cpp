// SPDX-License-Identifier: Apache-2.0
#include "inference/pipelines/control_guidance.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace pentimento {
namespace {

bool finite(const ControlResiduals& residuals)
{
    const auto isFinite = [](const at::Tensor& tensor) { return at::isfinite(tensor.sum()).item<bool>(); };
    return isFinite(residuals.mid) && std::all_of(residuals.down.begin(), residuals.down.end(), isFinite);
}

} // namespace

bool steers(std::size_t index, std::size_t count, double start, double end)
{
    const double i = static_cast<double>(index), n = static_cast<double>(count);
    return i / n >= start && (i + 1) / n <= end;
}

ControlGuidance::ControlGuidance(const std::vector<ControlInput>& inputs, const UNetConditions& conditions,
                                 const ForwardContext& context)
{
    for (const ControlInput& input : inputs)
        m_controls.push_back(
            {&input, input.network->encodeContext(conditions), input.network->encodePicture(input.picture, context)});
}

std::optional<ControlResiduals> ControlGuidance::residuals(const at::Tensor& sample, double timestep, std::size_t index,
                                                           std::size_t count, const ForwardContext& context) const
{
    std::optional<ControlResiduals> sum;
    for (const Prepared& control : m_controls) {
        const ControlInput& input = *control.input;
        if (input.scale == 0 || !steers(index, count, input.start, input.end))
            continue;
        ControlResiduals own = input.network->forward(sample, timestep, control.encoded, control.hint, input.scale, context);
        if (!finite(own) && at::isfinite(sample).all().item<bool>())
            throw Exception(ErrorCode::BadInput, "the ControlNet computes no numbers (NaN)", input.name,
                            "get a fresh copy of its weights");
        if (!sum) {
            sum = std::move(own);
            continue;
        }
        for (std::size_t i = 0; i < own.down.size(); ++i)
            sum->down[i].add_(own.down[i]);
        sum->mid.add_(own.mid);
    }
    return sum;
}

} // namespace pentimento
