// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/safetensors_reader.h"

#include <memory>

namespace pentimento {

/// Files that hold the weights of one component, in `folder`, for a stem such as "diffusion_pytorch_model" or "model":
/// STEM.safetensors, else the shards that STEM.safetensors.index.json names, else the same with variant "fp16".
/// Throws Exception(BadInput) naming the folder; where only pickles are found, the text says why they are not read.
std::vector<std::filesystem::path> weightFiles(const std::filesystem::path& folder, const std::string& stem);

/// The tensors of one or more safetensors files under one set of names. Immutable; any thread may read it. Entries
/// and their bytes live as long as the store.
class TensorStore {
public:
    /// Throws Exception(BadInput): see SafetensorsFile; also when two files hold the same tensor.
    explicit TensorStore(const std::vector<std::filesystem::path>& files);

    const TensorEntry* find(std::string_view name) const; ///< null when there is none
    const std::vector<const TensorEntry*>& tensors() const { return m_tensors; }
    const std::vector<std::unique_ptr<SafetensorsFile>>& files() const { return m_files; }
    std::uint64_t parameters() const;   ///< elements of all tensors
    std::uint64_t bytes() const;        ///< of all tensors
    void releasePages() const noexcept; ///< gives back the memory of what was read so far

private:
    std::vector<std::unique_ptr<SafetensorsFile>> m_files;
    std::vector<const TensorEntry*> m_tensors;
    std::unordered_map<std::string_view, const TensorEntry*> m_index;
};

/// A store seen from below a prefix: scope("down_blocks.0.").find("resnets.0.conv1.weight"). Keeps the mapping alive.
class TensorScope {
public:
    explicit TensorScope(std::shared_ptr<const TensorStore> store, std::string prefix = {})
        : m_store(std::move(store)), m_prefix(std::move(prefix))
    {
    }

    const TensorEntry* find(std::string_view name) const { return m_store->find(m_prefix + std::string(name)); }
    bool has(std::string_view name) const { return find(name) != nullptr; }
    const TensorEntry& require(std::string_view name) const; ///< throws Exception(BadInput) naming file and tensor
    TensorScope scope(std::string_view prefix) const { return TensorScope(m_store, m_prefix + std::string(prefix)); }
    const std::string& prefix() const { return m_prefix; }
    const std::shared_ptr<const TensorStore>& store() const { return m_store; }

private:
    std::shared_ptr<const TensorStore> m_store;
    std::string m_prefix;
};

} // namespace pentimento
