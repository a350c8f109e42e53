// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/models/weights.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

namespace pentimento::testing {

/// Uniform numbers of mean 0 and variance 1, seeded with the name's FNV-1a hash: `uniform` of make_parity.py, bit for bit.
inline at::Tensor namedUniform(const std::string& name, at::IntArrayRef shape)
{
    std::uint32_t seed = 2166136261U;
    for (const char byte : name)
        seed = (seed ^ static_cast<unsigned char>(byte)) * 16777619U;
    at::Generator generator = at::detail::createCPUGenerator(seed);
    return (at::rand(shape, generator, at::TensorOptions().dtype(at::kFloat)) * 2 - 1) * std::sqrt(3.0);
}

/// `random_weights` of make_parity.py: a whole network of whatever shape, without a file.
inline std::shared_ptr<const TensorSource> namedRandomWeights(const std::string& model, bool keepTransformed = true)
{
    auto source = std::make_shared<TensorSource>();
    source->keepTransformed = keepTransformed;
    source->has = [](const std::string& name) { return !name.starts_with("text_model."); };
    source->get = [model](const std::string& name, at::IntArrayRef shape) {
        const at::Tensor numbers = namedUniform(model + "/" + name, shape);
        if (shape.size() > 1)
            return numbers.div(std::sqrt(static_cast<double>(numbers[0].numel())));
        return name.ends_with("bias") ? numbers.mul(0.05) : numbers.mul(0.1).add(1);
    };
    return source;
}

} // namespace pentimento::testing
