// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/tensor_store.h"

namespace pentimento {

/// Throws Exception(Unsupported) that says what it is when the file is a whole model of a kind that this program does
/// not run: another architecture (Stable Diffusion 3, Flux, ...) or another task (depth, video, upscaling, ...).
void refuseOtherArchitecture(const TensorStore& file);

/// What a file is that only changes models or stands beside them, such as "a LoRA" or "a ControlNet"; empty for others.
std::string changeKind(const TensorStore& file);

/// Throws Exception(BadInput) that says what the file is (LoRA, VAE, ControlNet, ...) and what to do. For a file that
/// lacks one of the parts of a checkpoint; `unet`, `vae`, `text` say which it has.
[[noreturn]] void refuseIncomplete(const TensorStore& file, bool unet, bool vae, bool text);

} // namespace pentimento
