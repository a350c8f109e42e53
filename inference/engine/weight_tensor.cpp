// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/weight_tensor.h"

#include "inference/api/error.h"
#include "inference/io/number_formats.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

namespace pentimento {
namespace {

at::ScalarType scalarType(Dtype dtype, const std::string& where)
{
    switch (dtype) {
    case Dtype::F64: return at::kDouble;
    case Dtype::F32: return at::kFloat;
    case Dtype::F16: return at::kHalf;
    case Dtype::BF16: return at::kBFloat16;
    case Dtype::F8E4M3:
    case Dtype::F8E5M2: return at::kByte; // looked up in a table
    default:
        throw Exception(ErrorCode::Unsupported, std::string("weights stored as ") + dtypeName(dtype) + " are not read", where,
                        "get the model in float16");
    }
}

std::string shapeText(at::IntArrayRef shape)
{
    std::string text = "[";
    for (const std::int64_t side : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(side);
    return text + "]";
}

// Linear layers and 1 x 1 convolutions are stored either way.
bool sameButTrailingOnes(at::IntArrayRef a, at::IntArrayRef b)
{
    while (!a.empty() && a.back() == 1)
        a = a.slice(0, a.size() - 1);
    while (!b.empty() && b.back() == 1)
        b = b.slice(0, b.size() - 1);
    return a == b;
}

/// Stored values as they are; a copy where the mapping is not aligned.
at::Tensor storedValues(const StoredTensor& tensor, at::IntArrayRef shape, at::ScalarType type)
{
    const std::byte* data = tensor.data();
    if (reinterpret_cast<std::uintptr_t>(data) % dtypeSize(tensor.entry->dtype) == 0)
        return at::from_blob(const_cast<std::byte*>(data), shape, at::TensorOptions().dtype(type));
    const at::Tensor aligned = at::empty(shape, at::TensorOptions().dtype(type));
    std::memcpy(aligned.data_ptr(), data, aligned.nbytes());
    return aligned;
}

/// As T, float or at::Half: both hold every number of both formats.
template <typename T> at::Tensor fromFloat8(const at::Tensor& bytes, Dtype dtype)
{
    std::array<T, 256> values;
    std::ranges::copy(float8Values(dtype), values.begin());
    at::Tensor result = at::empty(bytes.sizes(), at::TensorOptions().dtype(c10::CppTypeToScalarType<T>::value));
    const std::uint8_t* in = bytes.data_ptr<std::uint8_t>();
    std::transform(in, in + bytes.numel(), result.data_ptr<T>(), [&](std::uint8_t byte) { return values[byte]; });
    return result;
}

/// The sides as the file should have them.
std::vector<std::int64_t> storedOrder(const StoredTensor& tensor, at::IntArrayRef shape)
{
    std::vector<std::int64_t> sides = shape.vec();
    if (tensor.transposed)
        std::reverse(sides.begin(), sides.end());
    return sides;
}

void requireShape(const StoredTensor& tensor, at::IntArrayRef shape, const std::string& where)
{
    if (const std::string misfit = shapeMisfit(tensor, shape); !misfit.empty())
        throw Exception(ErrorCode::BadInput, "a tensor " + misfit, where, "get the config and the weights from the same place");
}

} // namespace

std::string shapeMisfit(const StoredTensor& tensor, at::IntArrayRef shape)
{
    const std::vector<std::int64_t> stored = tensor.storedShape(), needed = storedOrder(tensor, shape);
    if (sameButTrailingOnes(stored, needed))
        return {};
    return "has the shape " + shapeText(stored) + " where the config needs " + shapeText(needed);
}

at::Tensor weightView(const StoredTensor& tensor, at::IntArrayRef shape, const std::string& where)
{
    const at::ScalarType type = scalarType(tensor.entry->dtype, where);
    if (tensor.transposed || tensor.scale)
        return weightTensor(tensor, shape, where);
    requireShape(tensor, shape, where);
    const at::Tensor values = storedValues(tensor, shape, type);
    return type == at::kByte ? fromFloat8<at::Half>(values, tensor.entry->dtype) : values;
}

at::Tensor weightTensor(const StoredTensor& tensor, at::IntArrayRef shape, const std::string& where)
{
    const Dtype dtype = tensor.entry->dtype;
    const at::ScalarType type = scalarType(dtype, where);
    requireShape(tensor, shape, where);
    const at::Tensor values = storedValues(tensor, storedOrder(tensor, shape), type);
    at::Tensor result = type == at::kByte ? fromFloat8<float>(values, dtype) : values.to(at::kFloat, false, true);
    if (tensor.transposed)
        result = result.t().contiguous();
    if (tensor.scale)
        result.mul_(floatValues(*tensor.scale, where).front());
    return result;
}

} // namespace pentimento
