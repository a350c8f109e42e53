// SPDX-License-Identifier: Apache-2.0
#include "inference/io/named_search.h"

#include "inference/api/settings.h"
#include "inference/core/text.h"
#include "inference/io/model_name.h"

#include <algorithm>
#include <set>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

/// People sort their files into folders of folders; nobody needs more.
constexpr int deepest = 4;

bool isPath(const std::string& text)
{
    return text.find('/') != std::string::npos || text.find(fs::path::preferred_separator) != std::string::npos;
}

} // namespace

std::vector<fs::path> foundBelow(const std::vector<fs::path>& places, const std::function<bool(const fs::path&)>& accepts)
{
    std::vector<fs::path> found;
    std::set<fs::path> seen;
    for (const fs::path& place : places) {
        std::vector<fs::path> here;
        std::error_code ec, ignored;
        fs::recursive_directory_iterator it(place, fs::directory_options::skip_permission_denied, ec);
        for (const fs::recursive_directory_iterator end; !ec && it != end; it.increment(ec)) {
            const bool accepted = accepts(it->path());
            if (accepted)
                here.push_back(it->path());
            // A model or network in diffusers' layout has parts, not further models.
            const bool whole = accepted || fs::exists(it->path() / "config.json", ignored) ||
                               fs::exists(it->path() / "model_index.json", ignored);
            if (whole || it.depth() >= deepest)
                it.disable_recursion_pending();
        }
        std::sort(here.begin(), here.end());
        for (const fs::path& path : here) {
            if (seen.insert(fs::weakly_canonical(path, ignored)).second)
                found.push_back(path);
        }
    }
    return found;
}

std::vector<fs::path> filesBelow(const fs::path& place, const std::vector<std::string>& endings)
{
    std::vector<fs::path> files;
    std::error_code ec;
    fs::recursive_directory_iterator it(place, fs::directory_options::skip_permission_denied, ec);
    for (const fs::recursive_directory_iterator end; !ec && it != end; it.increment(ec)) {
        if (it.depth() >= deepest)
            it.disable_recursion_pending();
        if (std::count(endings.begin(), endings.end(), asciiLower(it->path().extension().string())) > 0)
            files.push_back(it->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

Expected<fs::path> resolveNamed(const std::string& nameOrPath, const std::vector<fs::path>& candidates, const std::string& noun,
                                const std::function<std::vector<std::string>()>& known)
{
    if (isPath(nameOrPath)) {
        if (!fs::exists(nameOrPath))
            return Error{ErrorCode::BadInput, "the " + noun + " does not exist", nameOrPath, "check its path", {}};
        // A link to a file keeps its name: in Hugging Face's cache it leads to one that says nothing.
        return fs::is_directory(nameOrPath) ? fs::weakly_canonical(nameOrPath) : fs::absolute(nameOrPath).lexically_normal();
    }
    for (const fs::path& candidate : candidates) {
        if (asciiLower(modelName(candidate)) == asciiLower(nameOrPath))
            return candidate;
    }
    std::string names;
    for (const std::string& name : known())
        names += (names.empty() ? "" : ", ") + name;
    const std::string remedy =
        names.empty() ? "put a " + noun + " into " + (dataFolder() / "models").string() : "use one of: " + names + ", or a path";
    return Error{ErrorCode::BadInput, "there is no " + noun + " of this name", nameOrPath, remedy, {}};
}

} // namespace pentimento
