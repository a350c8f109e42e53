// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/platform.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pentimento {

enum class Dtype { F64, F32, F16, BF16, F8E4M3, F8E5M2, I64, I32, I16, I8, U64, U32, U16, U8, Bool };

/// Bytes of one element.
std::size_t dtypeSize(Dtype dtype) noexcept;
/// As safetensors writes it: "F32", "BF16", "F8_E4M3", ...
const char* dtypeName(Dtype dtype) noexcept;

struct TensorEntry {
    std::string name;
    Dtype dtype = Dtype::F32;
    std::vector<std::int64_t> shape; ///< empty for a scalar; a 0 in it means no data
    const std::byte* data = nullptr; ///< little endian, row-major, in the mapping; not always aligned
    std::size_t bytes = 0;           ///< product of shape times dtypeSize
    std::uint64_t elements() const { return bytes / dtypeSize(dtype); }
};

/// One safetensors file, memory-mapped: 8 bytes header length, a JSON header, tensor bytes
/// (https://huggingface.co/docs/safetensors). Nothing in the header is trusted: every entry returned lies inside the
/// file, overlaps no other and has exactly the bytes of its shape. The entries live as long as this object; any
/// thread may read them.
class SafetensorsFile {
public:
    /// Throws Exception(BadInput) naming the file, and the tensor where there is one.
    explicit SafetensorsFile(std::filesystem::path file);

    const std::filesystem::path& path() const { return m_path; }
    const std::vector<TensorEntry>& tensors() const { return m_tensors; } ///< in the order of their data
    const TensorEntry* find(std::string_view name) const;                 ///< null when there is none
    const std::map<std::string, std::string>& metadata() const { return m_metadata; }
    void releasePages() const noexcept { m_mapping.releasePages(); } ///< gives back the memory of what was read so far

private:
    std::filesystem::path m_path;
    platform::MappedFile m_mapping;
    std::vector<TensorEntry> m_tensors;
    std::unordered_map<std::string_view, std::size_t> m_index; ///< views of the names in m_tensors
    std::map<std::string, std::string> m_metadata;
};

} // namespace pentimento
