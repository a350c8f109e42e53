// SPDX-License-Identifier: Apache-2.0
#include "inference/io/renamed_map.h"

#include "inference/api/error.h"

namespace pentimento {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse(const std::string& what, const fs::path& file, const std::string& tensor)
{
    throw Exception(ErrorCode::BadInput, what, file.string() + ", tensor " + tensor, "get a fresh copy of the file");
}

StoredTensor placed(const TensorEntry& entry, const RenamedTensor& renamed, const fs::path& file)
{
    StoredTensor tensor{&entry};
    tensor.transposed = renamed.transposed;
    if (renamed.transposed && entry.shape.size() != 2)
        refuse("the tensor is no matrix", file, entry.name);
    if (renamed.third >= 0) {
        if (entry.shape.empty() || entry.shape[0] % 3 != 0)
            refuse("the tensor does not hold query, key and value", file, entry.name);
        tensor.rows = entry.shape[0] / 3;
        tensor.firstRow = renamed.third * tensor.rows;
    }
    return tensor;
}

/// Scaled fp8: beside X.weight lies X.scale_weight, one number.
const TensorEntry* scaleOf(const TensorStore& store, const TensorEntry& entry, const fs::path& file)
{
    constexpr std::string_view weight = ".weight";
    if (!entry.name.ends_with(weight))
        return nullptr;
    const TensorEntry* scale = store.find(entry.name.substr(0, entry.name.size() - weight.size()) + ".scale_weight");
    if (scale && (scale->dtype != Dtype::F32 || scale->elements() != 1))
        refuse("the scale is no single F32", file, scale->name);
    return scale;
}

} // namespace

std::shared_ptr<TensorMap> renamedMap(const std::shared_ptr<const TensorStore>& store, const std::string& prefix,
                                      const Rename& rename)
{
    auto map = std::make_shared<TensorMap>(TensorMap{store, {}});
    const fs::path& file = store->files().front()->path();
    for (const TensorEntry* entry : store->tensors()) {
        if (!entry->name.starts_with(prefix))
            continue;
        for (const RenamedTensor& renamed : rename(std::string_view(entry->name).substr(prefix.size()))) {
            StoredTensor tensor = placed(*entry, renamed, file);
            tensor.scale = scaleOf(*store, *entry, file);
            if (const auto [it, added] = map->tensors.emplace(renamed.name, tensor); !added)
                refuse("the tensor means the same as " + it->second.entry->name, file, entry->name);
        }
    }
    return map;
}

std::vector<RenamedTensor> wholeTensor(std::string name)
{
    if (name.empty())
        return {};
    return {{std::move(name)}};
}

std::optional<std::string> prefixOf(const TensorStore& store, std::span<const char* const> prefixes, const char* key)
{
    for (const char* prefix : prefixes) {
        if (store.find(prefix + std::string(key)))
            return prefix;
    }
    return std::nullopt;
}

std::size_t inputBlocksPerLevel(const TensorStore& store, const std::string& prefix)
{
    std::size_t count = 1;
    const auto block = [&](const char* tensor) { return prefix + "input_blocks." + std::to_string(count) + tensor; };
    while (!store.find(block(".0.op.weight")) && store.find(block(".0.in_layers.2.weight")))
        ++count;
    return count;
}

} // namespace pentimento
