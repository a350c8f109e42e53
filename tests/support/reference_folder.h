// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/temporary_folder.h"

#include <filesystem>
#include <string>

namespace pentimento::testing {

inline std::filesystem::path referenceFolder()
{
    return std::filesystem::path(PENTIMENTO_SOURCE_DIR) / "tests" / "reference";
}

inline std::filesystem::path starterFolder()
{
    return std::filesystem::path(PENTIMENTO_SOURCE_DIR) / "resources" / "models" / "starter";
}

/// Puts the folder of a reference model ("sdxl-inpaint") together in `into`: parts that all have in common lie in
/// sd15-inpaint only.
inline std::filesystem::path referenceModel(const std::string& name, const TemporaryFolder& into)
{
    namespace fs = std::filesystem;
    const fs::path own = referenceFolder() / name, shared = referenceFolder() / "sd15-inpaint", folder = into.path() / name;
    const auto add = [&](const fs::path& from, const fs::path& to) {
        fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::skip_existing);
    };
    fs::create_directories(folder);
    add(own, folder);
    add(shared / "text_encoder", folder / "text_encoder");
    add(shared / "vae", folder / "vae");
    for (const char* tokenizer : {"tokenizer", "tokenizer_2"}) {
        if (std::string(tokenizer) == "tokenizer" || fs::exists(folder / "text_encoder_2"))
            add(shared / "tokenizer", folder / tokenizer);
    }
    // sdxl's two UNets share the second text encoder.
    if (fs::exists(folder / "text_encoder_2"))
        add(referenceFolder() / "sdxl-inpaint" / "text_encoder_2", folder / "text_encoder_2");
    return folder;
}

} // namespace pentimento::testing
