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

std::size_t elementCount(const std::vector<std::int64_t>& shape)
{
    return static_cast<std::size_t>(std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

TensorData copied(std::string name, Dtype dtype, std::vector<std::int64_t> shape, const void* values)
{
    std::vector<std::byte> bytes(elementCount(shape) * dtypeSize(dtype));
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
    std::vector<StreamedTensor> streamed;
    for (const TensorData& tensor : tensors)
        streamed.push_back({tensor.name, tensor.dtype, tensor.shape,
                            [&tensor](const ByteSink& sink) { sink(tensor.bytes.data(), tensor.bytes.size()); }});
    writeSafetensors(file, streamed);
}

void writeSafetensors(const std::filesystem::path& file, const std::vector<StreamedTensor>& tensors,
                      const std::map<std::string, std::string>& metadata)
{
    Json header = Json::object();
    if (!metadata.empty())
        header["__metadata__"] = metadata;
    std::size_t offset = 0;
    for (const StreamedTensor& tensor : tensors) {
        const std::size_t end = offset + elementCount(tensor.shape) * dtypeSize(tensor.dtype);
        header[tensor.name] = {{"dtype", dtypeName(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' '); // so that the data is aligned

    std::array<unsigned char, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i)
        length[i] = static_cast<unsigned char>(text.size() >> (8 * i));
    AtomicFile output(file);
    output.write(length.data(), length.size());
    output.write(text.data(), text.size());
    for (const StreamedTensor& tensor : tensors)
        tensor.write([&output](const std::byte* data, std::size_t bytes) { output.write(data, bytes); });
    output.commit();
}

} // namespace pentimento
