// SPDX-License-Identifier: Apache-2.0
#include "app/server/path_redactor.h"

#include "inference/api/model_info.h"
#include "inference/api/settings.h"
#include "inference/core/platform.h"
#include "inference/io/embedding_search.h"
#include "inference/io/lora_search.h"

#include <algorithm>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> knownFolders()
{
    std::vector<fs::path> folders = modelSearchPath();
    for (const std::vector<fs::path>& places : {loraSearchPath(), embeddingSearchPath()})
        folders.insert(folders.end(), places.begin(), places.end());
    std::error_code ec;
    for (const fs::path& folder : {dataFolder(), configFolder(), stateFolder(), resourceFolder(), platform::homeFolder(),
                                   platform::executablePath().parent_path(), fs::current_path(ec)})
        folders.push_back(folder);
    std::vector<std::string> names;
    for (const fs::path& folder : folders) {
        for (const fs::path& form : {folder, fs::weakly_canonical(folder, ec)})
            names.push_back(form.string());
    }
    return names;
}

/// "FOLDER/x" becomes "/x", FOLDER alone its last name.
void takeOutFolder(std::string& text, const std::string& folder)
{
    const std::string bare = folder.substr(0, folder.size() - 1), name = bare.substr(bare.rfind('/') + 1);
    for (std::size_t at = text.find(bare); at != std::string::npos; at = text.find(bare, at)) {
        const std::size_t end = at + bare.size();
        if (end < text.size() && text[end] == '/') {
            text.erase(at, bare.size());
        } else if (end == text.size() || std::string(" \t\n\"'),;:").find(text[end]) != std::string::npos) {
            text.replace(at, bare.size(), name);
            at += name.size();
        } else {
            ++at; // a longer name
        }
    }
}

bool beginsWord(const std::string& text, std::size_t at)
{
    return at == 0 || std::string(" \t\n\"'(:=,[").find(text[at - 1]) != std::string::npos;
}

} // namespace

PathRedactor::PathRedactor() : PathRedactor(knownFolders()) {}

PathRedactor::PathRedactor(std::vector<std::string> folders) : m_folders(std::move(folders))
{
    for (std::string& folder : m_folders) {
        if (!folder.ends_with('/'))
            folder += '/';
    }
    // "/" and "" would take slashes out of every text.
    std::erase_if(m_folders, [](const std::string& folder) { return folder.size() < 3; });
    std::sort(m_folders.begin(), m_folders.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string PathRedactor::redacted(const std::string& text) const
{
    std::string result = text;
    for (const std::string& folder : m_folders) // their names may hold blanks: these go first
        takeOutFolder(result, folder);
    for (std::size_t at = result.find('/'); at != std::string::npos; at = result.find('/', at)) {
        const std::size_t end = std::min(result.find_first_of(" \t\n\"'),;", at), result.size());
        const std::size_t name = result.rfind('/', end - 1) + 1;
        if (beginsWord(result, at) && end > at + 1)
            result.erase(at, (name < end ? name : end) - at);
        else
            ++at;
    }
    return result;
}

Error PathRedactor::redacted(const Error& error) const
{
    return {error.code, redacted(error.what), redacted(error.where), redacted(error.remedy), {}};
}

} // namespace pentimento
