// SPDX-License-Identifier: Apache-2.0
#include "inference/core/json.h"

#include "inference/api/error.h"
#include "inference/core/files.h"

namespace pentimento {

Json readJsonFile(const std::filesystem::path& file)
{
    const std::string text = readTextFile(file, std::size_t{64} << 20);
    try {
        return Json::parse(text);
    } catch (const nlohmann::json::exception& e) {
        Error error{ErrorCode::BadInput, "the file is not valid JSON", file.string(),
                    "get a fresh copy of it", e.what()};
        throw Exception(std::move(error));
    }
}

std::vector<int> jsonIntList(const Json& object, const char* key, std::size_t count, int fallback,
                             const std::string& where)
{
    const auto it = object.find(key);
    if (it == object.end() || it->is_null())
        return std::vector<int>(count, fallback);
    if (it->is_number_integer())
        return std::vector<int>(count, it->get<int>());
    if (!it->is_array() || it->size() != count)
        throwJsonType(key, ("a number or a list of " + std::to_string(count) + " numbers").c_str(), where);
    std::vector<int> list;
    for (const Json& value : *it) {
        if (!value.is_number_integer())
            throwJsonType(key, "a list of whole numbers", where);
        list.push_back(value.get<int>());
    }
    return list;
}

void throwJsonType(const char* key, const char* expected, const std::string& where)
{
    throw Exception(ErrorCode::BadInput, "\"" + std::string(key) + "\" should be " + expected, where,
                    "get a fresh copy of the file");
}

} // namespace pentimento
