// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/tensor_store.h"

#include <map>

namespace pentimento {

/// A tensor as a network asks for it, where it lies in a mapped file: a whole entry, some of its rows, its transpose.
struct StoredTensor {
    const TensorEntry* entry = nullptr;
    std::int64_t firstRow = 0;
    std::int64_t rows = -1;             ///< -1: all
    bool transposed = false;            ///< the entry, of two dimensions, holds columns for rows
    const TensorEntry* scale = nullptr; ///< one F32 that every element is multiplied with (scaled fp8)

    std::vector<std::int64_t> storedShape() const; ///< of the rows, before transposition
    const std::byte* data() const;                 ///< the first of the rows
    std::uint64_t elements() const;
};

/// The tensors of one network under diffusers' names, whatever the files call them. Immutable once built; any thread
/// may read it.
struct TensorMap {
    std::shared_ptr<const TensorStore> store; ///< keeps the mapping alive
    std::map<std::string, StoredTensor, std::less<>> tensors;

    const StoredTensor* find(std::string_view name) const; ///< null when there is none
    bool has(std::string_view name) const { return find(name) != nullptr; }
    /// Throws Exception(BadInput) naming file and tensor when there is none.
    const StoredTensor& require(const std::string& name) const;
    /// Side `axis` of a tensor that must be there and have it. Throws as require().
    std::int64_t side(const std::string& name, std::size_t axis) const;
    /// "FILE, tensor NAME", the name as the file has it.
    std::string where(const std::string& name) const;
    std::uint64_t parameters() const;
};

/// Every tensor of `store` under its own name.
TensorMap sameNames(std::shared_ptr<const TensorStore> store);

} // namespace pentimento
