// SPDX-License-Identifier: Apache-2.0
#include "inference/pipelines/latent_preview.h"

#include <ATen/ATen.h>

#include <cstring>

namespace pentimento {
namespace {

// Least-squares fit of Stable Diffusion 1.x latents to RGB, as published in the diffusers community.
constexpr float sdFactors[4][3] = {
    {0.298f, 0.207f, 0.208f}, {0.187f, 0.286f, 0.173f}, {-0.158f, 0.189f, 0.264f}, {-0.184f, -0.271f, -0.473f}};

} // namespace

LatentRgb latentRgb(const ModelInfo& model)
{
    LatentRgb map{at::zeros({model.latentChannels, 3}), at::zeros({3})};
    for (int c = 0; c < std::min(model.latentChannels, 4); ++c) {
        for (int k = 0; k < 3; ++k)
            map.factors[c][k] = model.latentRgbFactors
                                    ? (*model.latentRgbFactors)[static_cast<std::size_t>(c)][static_cast<std::size_t>(k)]
                                    : sdFactors[c][k];
    }
    if (model.latentRgbBias) {
        for (int k = 0; k < 3; ++k)
            map.bias[k] = (*model.latentRgbBias)[static_cast<std::size_t>(k)];
    }
    return map;
}

Image imageFromTensor(const at::Tensor& picture)
{
    const at::Tensor bytes = (picture[0].permute({1, 2, 0}) * 255).round().clamp(0, 255).to(at::kByte).contiguous();
    ImageBuffer image(static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), 3);
    std::memcpy(image.data.get(), bytes.data_ptr<std::uint8_t>(), static_cast<std::size_t>(bytes.numel()));
    return std::move(image).share();
}

Image previewFromLatents(const at::Tensor& denoised, const LatentRgb& map, const at::Tensor& original,
                         const at::Tensor& latentMask)
{
    const at::Tensor cells = denoised.narrow(0, 0, 1).permute({0, 2, 3, 1}).to(at::kFloat);
    const at::Tensor rgb = (at::matmul(cells, map.factors) + map.bias).permute({0, 3, 1, 2});
    if (!latentMask.defined())
        return imageFromTensor((rgb / 2 + 0.5).clamp(0, 1));
    const at::Tensor known = at::adaptive_avg_pool2d(original, {denoised.size(2), denoised.size(3)});
    const at::Tensor mixed = latentMask * rgb + (1 - latentMask) * known;
    return imageFromTensor((mixed / 2 + 0.5).clamp(0, 1));
}

} // namespace pentimento
