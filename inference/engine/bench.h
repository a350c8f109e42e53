// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/models/layers.h"

namespace pentimento {

/// Rows: sgemm, unet, vae-encode, vae-decode (random weights of `arch`), edit (the given model, a 512 px region).
/// sgemm is always measured: the others are told as multiples of it. Throws Exception(Usage) for unknown names.
std::vector<BenchRow> runBench(const BenchRequest& request, const ForwardContext& context);

} // namespace pentimento
