// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/safetensors_reader.h"
#include "tests/support/reference_folder.h"

#include <ATen/ATen.h>

#include <filesystem>
#include <string>

namespace pentimento::testing {

/// Reference values that diffusers computed; tests/reference/README.md says how.
class Golden {
public:
    explicit Golden(const std::filesystem::path& file) : m_file(file) {}
    at::Tensor operator[](const std::string& name) const
    {
        const TensorEntry* entry = m_file.find(name);
        if (!entry)
            throw std::runtime_error("no golden tensor " + name);
        const at::ScalarType type = entry->dtype == Dtype::F32   ? at::kFloat
                                    : entry->dtype == Dtype::F64 ? at::kDouble
                                    : entry->dtype == Dtype::U8  ? at::kByte
                                                                 : at::kLong;
        at::Tensor tensor = at::empty(entry->shape, at::TensorOptions().dtype(type));
        std::memcpy(tensor.data_ptr(), entry->data, entry->bytes);
        return tensor;
    }

private:
    SafetensorsFile m_file;
};

/// ||a - b|| / ||b||; infinite when the shapes differ or anything is NaN.
inline double relativeError(const at::Tensor& a, const at::Tensor& b)
{
    if (a.sizes() != b.sizes())
        return 1e30;
    const double error = ((a.to(at::kDouble) - b.to(at::kDouble)).norm() / b.to(at::kDouble).norm()).item<double>();
    return std::isfinite(error) ? error : 1e30;
}

inline double largestDifference(const at::Tensor& a, const at::Tensor& b)
{
    if (a.sizes() != b.sizes())
        return 1e30;
    const double error = (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
    return std::isfinite(error) ? error : 1e30;
}

} // namespace pentimento::testing
