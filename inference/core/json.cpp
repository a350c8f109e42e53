// SPDX-License-Identifier: Apache-2.0
#include "inference/core/json.h"

#include "inference/api/error.h"
#include "inference/core/files.h"

#include <cmath>
#include <limits>

namespace pentimento {
namespace {

/// Python writes Infinity, -Infinity and NaN, which JSON does not know; diffusers' scheduler configs hold them. As
/// null they mean the field's default.
std::string withNonFiniteAsNull(const std::string& text)
{
    std::string result;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (inString && text[i] == '\\') {
            result += text.substr(i++, 2);
            continue;
        }
        inString = inString != (text[i] == '"');
        const std::string_view rest = std::string_view(text).substr(i);
        std::size_t length = 0;
        for (const std::string_view word : {"-Infinity", "Infinity", "NaN"}) {
            if (!inString && length == 0 && rest.starts_with(word))
                length = word.size();
        }
        result += length > 0 ? "null" : text.substr(i, 1);
        i += length > 0 ? length - 1 : 0;
    }
    return result;
}

} // namespace

Json readJsonFile(const std::filesystem::path& file)
{
    std::string text = readTextFile(file, std::size_t{64} << 20);
    if (text.find("Infinity") != std::string::npos || text.find("NaN") != std::string::npos)
        text = withNonFiniteAsNull(text);
    try {
        Json json = parseJson(text, file.string());
        if (!json.is_object())
            throw Exception(ErrorCode::BadInput, "the file should hold a JSON object", file.string());
        return json;
    } catch (const Exception& e) {
        Error error = e.error();
        error.remedy = "get a fresh copy of it";
        throw Exception(std::move(error));
    }
}

Json parseJson(std::string_view text, const std::string& where)
{
    // A tree of any depth can be parsed, but not everything that walks it later is free of recursion.
    const auto check = [&](int depth, Json::parse_event_t, Json&) {
        if (depth > 64)
            throw Exception(ErrorCode::BadInput, "the JSON is nested too deeply", where, "write at most 64 levels");
        return true;
    };
    try {
        return Json::parse(text, check);
    } catch (const nlohmann::json::exception& e) {
        throw Exception(Error{ErrorCode::BadInput, "this is not valid JSON", where, "check its commas and quotes", e.what()});
    }
}

int jsonInt(const Json& value, const char* key, const std::string& where)
{
    const double number = value.is_number() ? value.get<double>() : std::nan("");
    if (!(std::abs(number) <= std::numeric_limits<int>::max()) || number != std::floor(number))
        throwJsonType(key, "a whole number", where);
    return static_cast<int>(number);
}

std::vector<int> jsonIntList(const Json& object, const char* key, std::size_t count, int fallback, const std::string& where)
{
    const auto it = object.find(key);
    if (it == object.end() || it->is_null())
        return std::vector<int>(count, fallback);
    if (it->is_number())
        return std::vector<int>(count, jsonInt(*it, key, where));
    if (!it->is_array() || it->size() != count)
        throwJsonType(key, ("a number or a list of " + std::to_string(count) + " numbers").c_str(), where);
    std::vector<int> list;
    for (const Json& value : *it)
        list.push_back(jsonInt(value, key, where));
    return list;
}

void throwJsonType(const char* key, const char* expected, const std::string& where)
{
    throw Exception(ErrorCode::BadInput, "\"" + std::string(key) + "\" should be " + expected, where,
                    "get a fresh copy of the file");
}

} // namespace pentimento
