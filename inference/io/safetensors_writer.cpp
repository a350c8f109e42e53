// SPDX-License-Identifier: Apache-2.0
#include "inference/io/safetensors_writer.h"

#include "inference/core/files.h"
#include "inference/core/json.h"

#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <numeric>

namespace pentimento {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little endian");

TensorData copied(std::string name, Dtype dtype, std::vector<std::int64_t> shape, const void* values)
{
    const auto count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    std::vector<std::byte> bytes(static_cast<std::size_t>(count) * dtypeSize(dtype));
    if (!bytes.empty())
        std::memcpy(bytes.data(), values, bytes.size());
    return {std::move(name), dtype, std::move(shape), std::move(bytes)};
}

} // namespace

TensorData tensorData(std::string name, std::vector<std::int64_t> shape, const float* values)
{
    return copied(std::move(name), Dtype::F32, std::move(shape), values);
}

TensorData tensorData(std::string name, std::vector<std::int64_t> shape, const double* values)
{
    return copied(std::move(name), Dtype::F64, std::move(shape), values);
}

TensorData tensorData(std::string name, std::vector<std::int64_t> shape, const std::int64_t* values)
{
    return copied(std::move(name), Dtype::I64, std::move(shape), values);
}

void writeSafetensors(const std::filesystem::path& file, const std::vector<TensorData>& tensors)
{
    Json header = Json::object();
    std::size_t offset = 0;
    for (const TensorData& tensor : tensors) {
        header[tensor.name] = {{"dtype", dtypeName(tensor.dtype)},
                               {"shape", tensor.shape},
                               {"data_offsets", {offset, offset + tensor.bytes.size()}}};
        offset += tensor.bytes.size();
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' '); // so that the data is aligned

    std::array<unsigned char, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i)
        length[i] = static_cast<unsigned char>(text.size() >> (8 * i));
    AtomicFile output(file);
    output.write(length.data(), length.size());
    output.write(text.data(), text.size());
    for (const TensorData& tensor : tensors)
        output.write(tensor.bytes.data(), tensor.bytes.size());
    output.commit();
}

} // namespace pentimento
