// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"
#include "inference/io/tensor_map.h"

namespace pentimento {

struct SingleFileSchedule {
    Json config;                  ///< scheduler_config.json as diffusers' folders of the family have it
    std::int64_t sampleSize = 64; ///< latent cells per side that the model was trained for
};

/// What a single file predicts and how it was trained: from its markers (`v_pred`, `ztsnr`, `alphas_cumprod`), its
/// metadata, a .yaml beside it, and for Stable Diffusion 2 a statistic of its last norm. `unet` and `unetConfig`: the
/// UNet under diffusers' names.
SingleFileSchedule deducedSchedule(const TensorStore& file, const TensorMap& unet, const Json& unetConfig);

} // namespace pentimento
