// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/tensor_planes.h"

#include <ATen/ATen.h>

#include <cstring>

namespace pentimento {

at::Tensor toTensor(const Planes& planes)
{
    return at::from_blob(const_cast<float*>(planes.values.data()), {1, planes.channels, planes.height, planes.width}).clone();
}

Planes toPlanes(const at::Tensor& picture)
{
    const at::Tensor values = picture.contiguous();
    Planes planes(static_cast<int>(values.size(2)), static_cast<int>(values.size(1)), static_cast<int>(values.size(0)));
    std::copy_n(values.data_ptr<float>(), values.numel(), planes.values.begin());
    return planes;
}

at::Tensor maskTensor(const Image& mask)
{
    at::Tensor bytes = at::empty({mask.height, mask.width}, at::kByte);
    for (int y = 0; y < mask.height; ++y)
        std::memcpy(bytes.data_ptr<std::uint8_t>() + static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.width),
                    mask.row8(y), static_cast<std::size_t>(mask.width));
    return bytes.to(at::kFloat).div_(255).unsqueeze(0).unsqueeze(0);
}

} // namespace pentimento
