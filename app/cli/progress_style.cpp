// SPDX-License-Identifier: Apache-2.0
#include "app/cli/progress_style.h"

#include "inference/api/error.h"

#include <map>

namespace pentimento {

ProgressStyle parseProgress(const std::string& name)
{
    static const std::map<std::string, ProgressStyle> styles = {
        {"auto", ProgressStyle::Auto}, {"bar", ProgressStyle::Bar}, {"json", ProgressStyle::Json}, {"none", ProgressStyle::None}};
    const auto it = styles.find(name);
    if (it == styles.end())
        throw Exception(ErrorCode::Usage, "\"" + name + "\" is no value for this", "--progress",
                        "give one of auto, bar, json, none");
    return it->second;
}

} // namespace pentimento
