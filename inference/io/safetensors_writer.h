// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/safetensors_reader.h"

namespace pentimento {

/// A tensor to be written: row-major elements in native byte order.
struct TensorData {
    std::string name;
    Dtype dtype = Dtype::F32;
    std::vector<std::int64_t> shape;
    std::vector<std::byte> bytes;
};

TensorData tensorData(std::string name, std::vector<std::int64_t> shape, const float* values);
TensorData tensorData(std::string name, std::vector<std::int64_t> shape, const double* values);
TensorData tensorData(std::string name, std::vector<std::int64_t> shape, const std::int64_t* values);

/// Writes beside `file` and renames. Throws Exception(Output).
void writeSafetensors(const std::filesystem::path& file, const std::vector<TensorData>& tensors);

} // namespace pentimento
