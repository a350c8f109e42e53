// SPDX-License-Identifier: Apache-2.0
#include "inference/io/tensor_map.h"

#include "inference/api/error.h"

namespace pentimento {

std::vector<std::int64_t> StoredTensor::storedShape() const
{
    std::vector<std::int64_t> shape = entry->shape;
    if (rows >= 0)
        shape.at(0) = rows;
    return shape;
}

const std::byte* StoredTensor::data() const
{
    if (firstRow == 0)
        return entry->data;
    return entry->data + entry->bytes / static_cast<std::size_t>(entry->shape.at(0)) * static_cast<std::size_t>(firstRow);
}

std::uint64_t StoredTensor::elements() const
{
    std::uint64_t product = 1;
    for (const std::int64_t side : storedShape())
        product *= static_cast<std::uint64_t>(side);
    return product;
}

const StoredTensor* TensorMap::find(std::string_view name) const
{
    const auto it = tensors.find(name);
    return it == tensors.end() ? nullptr : &it->second;
}

const StoredTensor& TensorMap::require(const std::string& name) const
{
    if (const StoredTensor* tensor = find(name))
        return *tensor;
    throw Exception(ErrorCode::BadInput, "a tensor is missing", where(name), "download the whole model again");
}

std::int64_t TensorMap::side(const std::string& name, std::size_t axis) const
{
    const std::vector<std::int64_t>& shape = require(name).entry->shape;
    if (axis >= shape.size())
        throw Exception(ErrorCode::BadInput, "the tensor has only " + std::to_string(shape.size()) + " dimensions", where(name),
                        "get a fresh copy of the file");
    return shape[axis];
}

std::string TensorMap::where(const std::string& name) const
{
    const StoredTensor* tensor = find(name);
    std::string file = store->files().front()->path().string();
    for (const auto& candidate : store->files()) {
        if (tensor && candidate->find(tensor->entry->name) == tensor->entry)
            file = candidate->path().string();
    }
    return file + ", tensor " + (tensor ? tensor->entry->name : name);
}

std::uint64_t TensorMap::parameters() const
{
    std::uint64_t sum = 0;
    for (const auto& [name, tensor] : tensors)
        sum += tensor.elements();
    return sum;
}

TensorMap sameNames(std::shared_ptr<const TensorStore> store)
{
    TensorMap map{std::move(store), {}};
    for (const TensorEntry* entry : map.store->tensors())
        map.tensors.emplace(entry->name, StoredTensor{entry});
    return map;
}

} // namespace pentimento
