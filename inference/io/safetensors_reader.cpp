// SPDX-License-Identifier: Apache-2.0
#include "inference/io/safetensors_reader.h"

#include "inference/api/error.h"
#include "inference/core/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <unordered_set>

namespace pentimento {
namespace {

constexpr std::uint64_t maxHeaderBytes = 100'000'000; // the limit of the format's own library
constexpr int maxHeaderDepth = 4;                     // root, tensor, shape or offsets; one to spare
constexpr std::size_t maxRank = 8;

struct DtypeRow {
    Dtype dtype;
    const char* name;
    std::size_t size;
};
constexpr std::array<DtypeRow, 15> dtypes = {{
    {Dtype::F64, "F64", 8},
    {Dtype::F32, "F32", 4},
    {Dtype::F16, "F16", 2},
    {Dtype::BF16, "BF16", 2},
    {Dtype::F8E4M3, "F8_E4M3", 1},
    {Dtype::F8E5M2, "F8_E5M2", 1},
    {Dtype::I64, "I64", 8},
    {Dtype::I32, "I32", 4},
    {Dtype::I16, "I16", 2},
    {Dtype::I8, "I8", 1},
    {Dtype::U64, "U64", 8},
    {Dtype::U32, "U32", 4},
    {Dtype::U16, "U16", 2},
    {Dtype::U8, "U8", 1},
    {Dtype::Bool, "BOOL", 1},
}};

[[noreturn]] void refuse(const std::string& what, const std::filesystem::path& file, const std::string& tensor = {})
{
    const std::string where = tensor.empty() ? file.string() : file.string() + ", tensor " + tensor;
    throw Exception(ErrorCode::BadInput, what, where, "get a fresh copy of the file");
}

/// As people and download pages count.
std::string amount(std::uint64_t bytes)
{
    if (bytes < 100'000)
        return std::to_string(bytes) + " bytes";
    const double megabytes = static_cast<double>(bytes) / 1e6;
    return megabytes < 1000 ? fmt::format("{:.1f} MB", megabytes) : fmt::format("{:.2f} GB", megabytes / 1000);
}

std::uint64_t littleEndian64(const std::byte* bytes)
{
    std::uint64_t value = 0;
    for (int i = 7; i >= 0; --i)
        value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    return value;
}

Json parseHeader(const char* begin, const char* end, const std::filesystem::path& file)
{
    std::unordered_set<std::string> names;
    const auto check = [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (depth > maxHeaderDepth)
            refuse("the header of the safetensors file is nested too deeply", file);
        if (event == Json::parse_event_t::key && depth == 1 && !names.insert(parsed.get<std::string>()).second)
            refuse("the header names a tensor twice", file, parsed.get<std::string>());
        return true;
    };
    try {
        Json header = Json::parse(begin, end, check);
        if (!header.is_object())
            refuse("the header of the safetensors file is no JSON object", file);
        return header;
    } catch (const nlohmann::json::exception& e) {
        throw Exception(Error{ErrorCode::BadInput, "this is no safetensors file, or its header is damaged", file.string(),
                              "get a fresh copy of the file", e.what()});
    }
}

std::vector<std::uint64_t> naturalNumbers(const Json& entry, const char* key, const std::filesystem::path& file,
                                          const std::string& tensor)
{
    const auto it = entry.find(key);
    if (it == entry.end() || !it->is_array())
        refuse("\"" + std::string(key) + "\" is missing or no list", file, tensor);
    std::vector<std::uint64_t> numbers;
    for (const Json& value : *it) {
        if (!value.is_number_unsigned())
            refuse("\"" + std::string(key) + "\" holds something else than whole numbers from 0 up", file, tensor);
        numbers.push_back(value.get<std::uint64_t>());
    }
    return numbers;
}

/// Empty when the product does not fit into 63 bits.
std::optional<std::uint64_t> byteCount(const std::vector<std::uint64_t>& shape, std::size_t elementSize)
{
    constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::uint64_t product = elementSize;
    for (const std::uint64_t side : shape) {
        if (side > limit || (side != 0 && product > limit / side))
            return std::nullopt;
        product *= side;
    }
    return product;
}

TensorEntry readEntry(const std::string& name, const Json& json, const std::byte* data, std::uint64_t dataBytes,
                      const std::filesystem::path& file)
{
    if (!json.is_object())
        refuse("the header's entry is no JSON object", file, name);
    const auto dtype = json.find("dtype");
    if (dtype == json.end() || !dtype->is_string())
        refuse("\"dtype\" is missing or no text", file, name);
    const auto row = std::find_if(dtypes.begin(), dtypes.end(),
                                  [&](const DtypeRow& r) { return dtype->get_ref<const std::string&>() == r.name; });
    if (row == dtypes.end())
        refuse("the data type \"" + dtype->get<std::string>() + "\" is unknown", file, name);

    const std::vector<std::uint64_t> shape = naturalNumbers(json, "shape", file, name);
    if (shape.size() > maxRank)
        refuse("the tensor has " + std::to_string(shape.size()) + " dimensions", file, name);
    const std::vector<std::uint64_t> range = naturalNumbers(json, "data_offsets", file, name);
    if (range.size() != 2 || range[0] > range[1])
        refuse("\"data_offsets\" is no range", file, name);
    const std::optional<std::uint64_t> bytes = byteCount(shape, row->size);
    if (!bytes || *bytes != range[1] - range[0])
        refuse("shape and data type do not give the size of the data", file, name);
    if (range[1] > dataBytes)
        refuse("the file is truncated, " + amount(range[1] - dataBytes) + " are missing", file, name);
    return {name, row->dtype, {shape.begin(), shape.end()}, data + range[0], static_cast<std::size_t>(*bytes)};
}

void refuseTruncated(const Json& header, std::uint64_t dataBytes, const std::filesystem::path& file)
{
    // Told once, for the whole file: the entry that happens to come first misses fewer bytes than the last.
    std::uint64_t end = 0;
    for (const Json& entry : header) {
        const auto range = entry.is_object() ? entry.find("data_offsets") : entry.end();
        if (range != entry.end() && range->is_array() && range->size() == 2 && (*range)[1].is_number_unsigned())
            end = std::max(end, (*range)[1].get<std::uint64_t>());
    }
    if (end > dataBytes)
        refuse("the file is truncated, " + amount(end - dataBytes) + " are missing", file);
}

} // namespace

std::size_t dtypeSize(Dtype dtype) noexcept
{
    return dtypes[static_cast<std::size_t>(dtype)].size;
}

const char* dtypeName(Dtype dtype) noexcept
{
    return dtypes[static_cast<std::size_t>(dtype)].name;
}

SafetensorsFile::SafetensorsFile(std::filesystem::path file) : m_path(std::move(file)), m_mapping(m_path)
{
    if (m_mapping.size() < 8)
        refuse("this is no safetensors file: it has only " + std::to_string(m_mapping.size()) + " bytes", m_path);
    const std::uint64_t headerBytes = littleEndian64(m_mapping.data());
    if (headerBytes > maxHeaderBytes)
        refuse("this is no safetensors file: its header would have " + std::to_string(headerBytes) + " bytes", m_path);
    if (headerBytes > m_mapping.size() - 8)
        refuse("the file is truncated, " + amount(headerBytes - (m_mapping.size() - 8)) + " of the header are missing", m_path);

    const std::byte* data = m_mapping.data() + 8 + headerBytes;
    const std::uint64_t dataBytes = m_mapping.size() - 8 - headerBytes;
    const char* text = reinterpret_cast<const char*>(m_mapping.data()) + 8;
    const Json header = parseHeader(text, text + headerBytes, m_path);
    refuseTruncated(header, dataBytes, m_path);

    for (const auto& [name, json] : header.items()) {
        if (name != "__metadata__") {
            m_tensors.push_back(readEntry(name, json, data, dataBytes, m_path));
            continue;
        }
        if (!json.is_object())
            refuse("\"__metadata__\" is no JSON object", m_path);
        for (const auto& [key, value] : json.items())
            m_metadata[key] = value.is_string() ? value.get<std::string>() : value.dump();
    }

    std::sort(m_tensors.begin(), m_tensors.end(),
              [](const TensorEntry& a, const TensorEntry& b) { return a.data != b.data ? a.data < b.data : a.bytes < b.bytes; });
    for (std::size_t i = 0; i < m_tensors.size(); ++i) {
        if (i > 0 && m_tensors[i].data < m_tensors[i - 1].data + m_tensors[i - 1].bytes)
            refuse("the data overlaps that of " + m_tensors[i - 1].name, m_path, m_tensors[i].name);
        m_index.emplace(m_tensors[i].name, i);
    }
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const
{
    const auto it = m_index.find(name);
    return it == m_index.end() ? nullptr : &m_tensors[it->second];
}

} // namespace pentimento
