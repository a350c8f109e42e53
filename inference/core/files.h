// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace pentimento {

/// Whole small files. Throw Exception(BadInput) naming the file: missing, a directory, larger than `limit`, unreadable.
std::string readTextFile(const std::filesystem::path& file, std::size_t limit);
std::vector<std::uint8_t> readBinaryFile(const std::filesystem::path& file, std::size_t limit);

/// Writes beside `target` and renames. Until commit() the target is untouched; without it the temporary file is
/// removed. Throws Exception(Output). Temporary files are also known to removeTemporaryFiles().
class AtomicFile {
public:
    explicit AtomicFile(std::filesystem::path target);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    void write(const void* data, std::size_t bytes);
    void commit();

private:
    std::filesystem::path m_target;
    std::filesystem::path m_temporary;
    std::FILE* m_file = nullptr;
};

/// For the last moment before a forced exit (async-signal-safe): unlinks what AtomicFile has not committed.
void removeTemporaryFiles() noexcept;

/// Fails with Exception(Output) when `file`'s folder is missing or cannot be written, before any work is done.
void checkWritable(const std::filesystem::path& file);

} // namespace pentimento
