// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/models/controlnet_model.h"

#include <memory>
#include <optional>
#include <vector>

namespace pentimento {

/// A ControlNet and what it looks at.
struct ControlInput {
    std::shared_ptr<const ControlNetModel> network;
    at::Tensor picture;        ///< (1, 3, h, w) float32 at working size, 0..1; -1 marks what an inpainting one makes up
    double scale = 1;          ///< of everything it adds
    double start = 0, end = 1; ///< the part of the run in which it steers, as diffusers' control_guidance_start and _end
    std::string name;          ///< for errors
};

/// Whether the model call `index` of `count` lies within the part of the run from `start` to `end`, both 0..1.
bool steers(std::size_t index, std::size_t count, double start, double end);

/// The ControlNets of one run with everything ready that is the same at every step. Their effects add up.
class ControlGuidance {
public:
    /// `inputs` must live as long. Throws CancelledException.
    ControlGuidance(const std::vector<ControlInput>& inputs, const UNetConditions& conditions, const ForwardContext& context);

    /// For the model call `index` of `count`; none where no ControlNet steers. sample (n, channels, h, w): latents as the
    /// UNet sees them, without an inpainting model's further channels. Throws CancelledException, Exception(BadInput) naming the
    /// ControlNet that computes no numbers.
    std::optional<ControlResiduals> residuals(const at::Tensor& sample, double timestep, std::size_t index, std::size_t count,
                                              const ForwardContext& context) const;

private:
    struct Prepared {
        const ControlInput* input;
        EncodedContext encoded;
        at::Tensor hint;
    };
    std::vector<Prepared> m_controls;
};

} // namespace pentimento
