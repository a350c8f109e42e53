// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/temporary_folder.h"

#include "inference/engine/lora_source.h"
#include "inference/io/safetensors_writer.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace pentimento::testing {

using Tensors = std::map<std::string, at::Tensor>;

inline const std::string moduleName = "lora_unet_mid_block_attentions_0_proj_in";
inline const std::string weightName = "mid_block.attentions.0.proj_in.weight";

inline std::filesystem::path loraFile(const TemporaryFolder& folder, const Tensors& tensors, const std::string& name = "lora")
{
    std::vector<TensorData> data;
    for (const auto& [key, tensor] : tensors) {
        const at::Tensor values = tensor.to(at::kFloat).contiguous();
        data.push_back(tensorData(key, values.sizes().vec(), values.data_ptr<float>()));
    }
    const std::filesystem::path file = folder.path() / (name + ".safetensors");
    writeSafetensors(file, data);
    return file;
}

inline at::Tensor noise(at::IntArrayRef shape, std::uint64_t seed)
{
    at::Generator generator = at::detail::createCPUGenerator(seed);
    return at::randn(shape, generator, at::TensorOptions().dtype(at::kFloat));
}

/// One weight, whatever its name, as a network.
inline std::shared_ptr<const TensorSource> sourceOf(const at::Tensor& weight)
{
    auto source = std::make_shared<TensorSource>();
    source->has = [](const std::string&) { return false; };
    source->get = [weight](const std::string&, at::IntArrayRef) { return weight.clone(); };
    return source;
}

/// `weight` with the LoRAs of `files` (and weights) in it.
inline at::Tensor changed(const at::Tensor& weight, const std::vector<LoraChoice>& loras, const std::string& name = weightName)
{
    return withLoras(sourceOf(weight), LoraTarget::UNet, openLoras(loras))->get(name, weight.sizes());
}

} // namespace pentimento::testing
