// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/original_names.h"
#include "inference/io/tensor_map.h"

#include <functional>
#include <optional>
#include <span>

namespace pentimento {

/// The names that a tensor below a prefix gets; one may become several, none is left out.
using Rename = std::function<std::vector<RenamedTensor>(std::string_view)>;

/// The tensors of `store` below `prefix`, renamed. Scaled fp8 keeps its scales. Throws Exception(BadInput) naming the tensor
/// when two come to the same name or one cannot be taken apart as its name says.
std::shared_ptr<TensorMap> renamedMap(const std::shared_ptr<const TensorStore>& store, const std::string& prefix,
                                      const Rename& rename);

/// For a Rename: all of the tensor under `name`, which is empty for one that has no use.
std::vector<RenamedTensor> wholeTensor(std::string name);

/// The first of the prefixes under which `key` is found.
std::optional<std::string> prefixOf(const TensorStore& store, std::span<const char* const> prefixes, const char* key);

/// In the original's layout, input blocks from one resolution to the next: up to the first that halves, that one included.
std::size_t inputBlocksPerLevel(const TensorStore& store, const std::string& prefix);

} // namespace pentimento
