// SPDX-License-Identifier: Apache-2.0
#include "inference/io/tensor_store.h"

#include "inference/api/error.h"
#include "inference/core/json.h"

#include <array>
#include <set>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> shardFiles(const fs::path& index)
{
    const Json json = readJsonFile(index);
    const auto map = json.find("weight_map");
    if (map == json.end() || !map->is_object() || map->empty())
        throw Exception(ErrorCode::BadInput, "\"weight_map\" is missing or no JSON object", index.string(),
                        "get a fresh copy of the file");
    std::set<std::string> names;
    for (const auto& [tensor, file] : map->items()) {
        const std::string name = file.is_string() ? file.get<std::string>() : std::string();
        // The index must not lead out of its folder.
        if (name.empty() || fs::path(name).filename() != fs::path(name) || !name.ends_with(".safetensors"))
            throw Exception(ErrorCode::BadInput, "\"weight_map\" names no safetensors file for " + tensor, index.string(),
                            "get a fresh copy of the file");
        names.insert(name);
    }
    std::vector<fs::path> files;
    for (const std::string& name : names) {
        files.push_back(index.parent_path() / name);
        std::error_code ec;
        if (!fs::is_regular_file(files.back(), ec))
            throw Exception(ErrorCode::BadInput, "a file that the index names is missing", files.back().string(),
                            "download the whole model again");
    }
    return files;
}

std::string firstPickle(const fs::path& folder)
{
    std::error_code ec;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ec)) {
        const std::string ending = entry.path().extension().string();
        if (ending == ".bin" || ending == ".ckpt" || ending == ".pt" || ending == ".pth")
            return entry.path().string();
    }
    return {};
}

} // namespace

std::vector<fs::path> weightFiles(const fs::path& folder, const std::string& stem)
{
    std::error_code ec;
    for (const std::string variant : {"", ".fp16"}) {
        const fs::path single = folder / (stem + variant + ".safetensors");
        if (fs::is_regular_file(single, ec))
            return {single};
        // Both ways of writing a variant's index are found in the wild.
        const std::array<fs::path, 2> indices = {folder / (stem + variant + ".safetensors.index.json"),
                                                 folder / (stem + ".safetensors.index" + variant + ".json")};
        for (const fs::path& index : indices) {
            if (fs::is_regular_file(index, ec))
                return shardFiles(index);
        }
    }
    if (const std::string pickle = firstPickle(folder); !pickle.empty())
        throw Exception(ErrorCode::BadInput, "only a pickle is there, and a pickle can run any program when it is opened", pickle,
                        "get the model as .safetensors");
    throw Exception(ErrorCode::BadInput, "the weights are missing", (folder / (stem + ".safetensors")).string(),
                    "download the whole model again");
}

TensorStore::TensorStore(const std::vector<fs::path>& files)
{
    for (const fs::path& file : files) {
        m_files.push_back(std::make_unique<SafetensorsFile>(file));
        for (const TensorEntry& entry : m_files.back()->tensors()) {
            if (!m_index.emplace(entry.name, &entry).second)
                throw Exception(ErrorCode::BadInput, "two files hold the same tensor", file.string() + ", tensor " + entry.name,
                                "download the whole model again");
            m_tensors.push_back(&entry);
        }
    }
}

const TensorEntry* TensorStore::find(std::string_view name) const
{
    const auto it = m_index.find(name);
    return it == m_index.end() ? nullptr : it->second;
}

std::uint64_t TensorStore::parameters() const
{
    std::uint64_t sum = 0;
    for (const TensorEntry* entry : m_tensors)
        sum += entry->elements();
    return sum;
}

void TensorStore::releasePages() const noexcept
{
    for (const std::unique_ptr<SafetensorsFile>& file : m_files)
        file->releasePages();
}

std::uint64_t TensorStore::bytes() const
{
    std::uint64_t sum = 0;
    for (const TensorEntry* entry : m_tensors)
        sum += entry->bytes;
    return sum;
}

const TensorEntry& TensorScope::require(std::string_view name) const
{
    if (const TensorEntry* entry = find(name))
        return *entry;
    const std::string file = m_store->files().empty() ? std::string("no file") : m_store->files()[0]->path().string();
    throw Exception(ErrorCode::BadInput, "a tensor is missing", file + ", tensor " + m_prefix + std::string(name),
                    "download the whole model again");
}

} // namespace pentimento
