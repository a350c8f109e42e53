// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"

#include <string>
#include <vector>

namespace pentimento {

/// Takes the folders of this machine out of what is told to others: "/home/ann/models/a.safetensors" becomes
/// "a.safetensors". Any thread.
class PathRedactor {
public:
    /// Of the folders that the program knows: models, LoRAs, resources, settings, the working folder.
    PathRedactor();
    explicit PathRedactor(std::vector<std::string> folders);

    std::string redacted(const std::string& text) const;
    /// All texts redacted; the detail, which is for the log, left out.
    Error redacted(const Error& error) const;

private:
    std::vector<std::string> m_folders; ///< longest first, ending in a slash
};

} // namespace pentimento
