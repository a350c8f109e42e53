// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QTemporaryDir>

#include <filesystem>
#include <fstream>
#include <string_view>

namespace pentimento {

/// A folder of the test's own, removed with it.
class TemporaryFolder {
public:
    std::filesystem::path path() const { return m_folder.path().toStdString(); }

private:
    QTemporaryDir m_folder;
};

inline void writeText(const std::filesystem::path& file, std::string_view text)
{
    std::ofstream(file, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

} // namespace pentimento
