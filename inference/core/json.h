// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pentimento {

using Json = nlohmann::json;

/// Parses one JSON file of at most 64 MB and 64 levels that holds an object. Throws Exception(BadInput) that names
/// the file.
Json readJsonFile(const std::filesystem::path& file);

/// Any JSON value of at most 64 levels. Throws Exception(BadInput) at `where`; its detail tells line and column.
Json parseJson(std::string_view text, const std::string& where);

/// Typed access to a config: a missing or null key gives `fallback`, a wrong type throws Exception(BadInput) that
/// names `where` and the key.
template <typename T> T jsonValue(const Json& object, const char* key, T fallback, const std::string& where);

/// A whole number within int (2 and 2.0 are the same); `key` and `where` are for the error.
int jsonInt(const Json& value, const char* key, const std::string& where);

/// A number or a list of `count` numbers: diffusers configs use both for the same key.
std::vector<int> jsonIntList(const Json& object, const char* key, std::size_t count, int fallback, const std::string& where);

[[noreturn]] void throwJsonType(const char* key, const char* expected, const std::string& where);

template <typename T> T jsonValue(const Json& object, const char* key, T fallback, const std::string& where)
{
    const auto it = object.find(key);
    if (it == object.end() || it->is_null())
        return fallback;
    if constexpr (std::is_same_v<T, bool>) {
        if (!it->is_boolean())
            throwJsonType(key, "true or false", where);
    } else if constexpr (std::is_same_v<T, int>) {
        return jsonInt(*it, key, where);
    } else if constexpr (std::is_arithmetic_v<T>) {
        if (!it->is_number())
            throwJsonType(key, "a number", where);
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (!it->is_string())
            throwJsonType(key, "a text", where);
    }
    try {
        return it->template get<T>();
    } catch (const nlohmann::json::exception&) {
        throwJsonType(key, "another type", where);
    }
}

} // namespace pentimento
