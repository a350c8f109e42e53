// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/safetensors_reader.h"

#include <functional>

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

using ByteSink = std::function<void(const std::byte* data, std::size_t bytes)>;

/// A tensor whose bytes are made while the file is written. `write` gives the sink exactly those of shape and dtype.
struct StreamedTensor {
    std::string name;
    Dtype dtype = Dtype::F32;
    std::vector<std::int64_t> shape;
    std::function<void(const ByteSink& sink)> write;
};

/// The same for tensors that would not fit in memory together. Throws what a `write` throws, too.
void writeSafetensors(const std::filesystem::path& file, const std::vector<StreamedTensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

} // namespace pentimento
