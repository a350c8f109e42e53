// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/model_info.h"

namespace pentimento {

/// The strict check: a model made for inpainting takes 9 channels, noise, mask and masked picture; one of 4 inpaints by
/// blending. Throws Exception(BadInput) that names the model, its channels, `where` it was asked for (empty: its path) and
/// the installed models that would do.
void requireInpaintModel(const ModelInfo& model, const std::string& where = {});

} // namespace pentimento
