// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

/// Everything that differs between operating systems; platform_posix.cpp and platform_windows.cpp implement it.
namespace pentimento::platform {

int processId() noexcept;
bool syncFile(std::FILE* file) noexcept;
bool unlinkFile(const char* path) noexcept;     ///< async-signal-safe
[[noreturn]] void exitNow(int status) noexcept; ///< no destructors, async-signal-safe
bool folderWritable(const std::filesystem::path& folder);
std::filesystem::path executablePath();
std::filesystem::path homeFolder();
bool isTerminal(std::FILE* stream) noexcept;

std::uint64_t peakMemory() noexcept;      ///< bytes of this process at its largest
std::uint64_t availableMemory() noexcept; ///< bytes that can be had without swapping
int physicalCores() noexcept;             ///< usable cores, at least 1

/// Asks for large pages below a big buffer, which cost far fewer faults to fill. A hint: nothing happens where there are
/// none.
void preferLargePages(void* buffer, std::size_t bytes) noexcept;

/// Read-only mapping of a whole file. Throws Exception(BadInput).
class MappedFile {
public:
    explicit MappedFile(const std::filesystem::path& file);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    const std::byte* data() const { return m_data; }
    std::size_t size() const { return m_size; }
    /// What was read leaves the process's memory; reading it again brings it back from the disk or its cache.
    void releasePages() const noexcept;

private:
    const std::byte* m_data = nullptr;
    std::size_t m_size = 0;
    void* m_handle = nullptr;
};

/// Loads a shared library (never unloaded) and finds a symbol. On failure returns null and sets `reason`.
void* loadSymbol(const std::filesystem::path& library, const char* symbol, std::string& reason);

/// Path of the loaded library whose `symbol` the caller's library would use, empty if unknown.
std::string libraryDefining(const char* symbol);

/// Calls `handler` on the first Ctrl-C (SIGINT, SIGTERM); it must be async-signal-safe.
void onInterrupt(void (*handler)());

} // namespace pentimento::platform
