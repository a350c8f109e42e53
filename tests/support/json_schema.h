// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"

#include <algorithm>
#include <cmath>
#include <regex>
#include <set>
#include <stdexcept>

namespace pentimento {

/// The part of JSON Schema that the job schema uses. A keyword that is not known here is an exception, so that no rule
/// of the file is passed over.
class JsonSchema {
public:
    static bool accepts(const Json& schema, const Json& value)
    {
        for (const auto& [keyword, rule] : schema.items()) {
            if (!follows(schema, keyword, rule, value))
                return false;
        }
        return true;
    }

private:
    static bool isType(const std::string& type, const Json& value)
    {
        if (type == "integer")
            return value.is_number_integer() || (value.is_number() && std::floor(value.get<double>()) == value.get<double>());
        return type == "number"    ? value.is_number()
               : type == "string"  ? value.is_string()
               : type == "boolean" ? value.is_boolean()
               : type == "array"   ? value.is_array()
                                   : type == "object" && value.is_object();
    }

    static bool follows(const Json& schema, const std::string& keyword, const Json& rule, const Json& value)
    {
        static const std::set<std::string> notes{"$schema", "title", "description", "default", "x-job-files-only"};
        const auto some = [&] { return std::any_of(rule.begin(), rule.end(), [&](const Json& s) { return accepts(s, value); }); };
        if (notes.contains(keyword))
            return true;
        if (keyword == "type")
            return isType(rule, value);
        if (keyword == "enum")
            return std::find(rule.begin(), rule.end(), value) != rule.end();
        if (keyword == "anyOf")
            return some();
        if (keyword == "not")
            return !accepts(rule, value);
        if (keyword == "minimum")
            return !value.is_number() || value >= rule;
        if (keyword == "maximum")
            return !value.is_number() || value <= rule;
        if (keyword == "exclusiveMinimum")
            return !value.is_number() || value > rule;
        if (keyword == "minLength")
            return !value.is_string() || value.get<std::string>().size() >= rule;
        if (keyword == "maxLength")
            return !value.is_string() || value.get<std::string>().size() <= rule;
        if (keyword == "pattern")
            return !value.is_string() || std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>()));
        if (keyword == "minItems")
            return !value.is_array() || value.size() >= rule;
        if (keyword == "maxItems")
            return !value.is_array() || value.size() <= rule;
        if (keyword == "items")
            return !value.is_array() ||
                   std::all_of(value.begin(), value.end(), [&](const Json& item) { return accepts(rule, item); });
        if (keyword == "required")
            return std::all_of(rule.begin(), rule.end(), [&](const std::string& key) { return value.contains(key); });
        if (keyword == "properties") {
            for (const auto& [key, part] : rule.items()) {
                if (value.is_object() && value.contains(key) && !accepts(part, value[key]))
                    return false;
            }
            return true;
        }
        if (keyword == "additionalProperties") {
            for (const auto& [key, part] : value.items()) {
                if (rule == false && !schema["properties"].contains(key))
                    return false;
            }
            return true;
        }
        throw std::logic_error("a schema keyword that is not known here: " + keyword);
    }
};

} // namespace pentimento
