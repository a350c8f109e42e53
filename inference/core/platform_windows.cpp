// SPDX-License-Identifier: Apache-2.0
#include "inference/core/platform.h"

#include "inference/api/error.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <io.h>
#include <process.h>

#define WIN32_LEAN_AND_MEAN
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
// after windows.h
#include <psapi.h>

namespace pentimento::platform {
namespace fs = std::filesystem;

namespace {

std::string lastErrorText()
{
    return std::system_category().message(static_cast<int>(::GetLastError()));
}

/// Path of a module; null: the program.
fs::path modulePath(HMODULE module)
{
    std::wstring path(32768, L'\0'); // the longest that Windows has
    path.resize(::GetModuleFileNameW(module, path.data(), static_cast<DWORD>(path.size())));
    return path;
}

/// Closed when it goes out of scope.
class Handle {
public:
    explicit Handle(HANDLE handle) : m_handle(handle) {}
    ~Handle()
    {
        if (valid())
            ::CloseHandle(m_handle);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    bool valid() const { return m_handle && m_handle != INVALID_HANDLE_VALUE; }
    HANDLE get() const { return m_handle; }

private:
    HANDLE m_handle;
};

} // namespace

int processId() noexcept
{
    return static_cast<int>(::GetCurrentProcessId());
}

bool syncFile(std::FILE* file) noexcept
{
    // Pipes and the console cannot be synced; that is no failed write.
    return ::_commit(::_fileno(file)) == 0 || errno == EINVAL || errno == EBADF;
}

bool unlinkFile(const char* path) noexcept
{
    return ::DeleteFileA(path) != 0;
}

void exitNow(int status) noexcept
{
    ::_exit(status);
}

bool folderWritable(const fs::path& folder)
{
    // Attributes say nothing of access rights: only trying tells.
    const fs::path probe = folder / (L".pentimento-" + std::to_wstring(processId()));
    const Handle file(::CreateFileW(probe.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS,
                                    FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr));
    return file.valid();
}

fs::path executablePath()
{
    return modulePath(nullptr);
}

fs::path homeFolder()
{
    const wchar_t* home = ::_wgetenv(L"USERPROFILE");
    return home && *home ? fs::path(home) : fs::path(L"C:\\");
}

bool isTerminal(std::FILE* stream) noexcept
{
    return ::_isatty(::_fileno(stream)) != 0;
}

std::uint64_t peakMemory() noexcept
{
    PROCESS_MEMORY_COUNTERS counters{};
    ::GetProcessMemoryInfo(::GetCurrentProcess(), &counters, sizeof counters);
    return counters.PeakWorkingSetSize;
}

std::uint64_t availableMemory() noexcept
{
    MEMORYSTATUSEX status{};
    status.dwLength = sizeof status;
    return ::GlobalMemoryStatusEx(&status) ? status.ullAvailPhys : 0;
}

int physicalCores() noexcept
{
    DWORD_PTR process = 0, system = 0;
    int usable = 0;
    if (::GetProcessAffinityMask(::GetCurrentProcess(), &process, &system)) {
        for (; process != 0; process &= process - 1)
            ++usable;
    }
    return usable > 0 ? usable : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void preferLargePages(void*, std::size_t) noexcept {} // they take a privilege here

MappedFile::MappedFile(const fs::path& file)
{
    const auto refuse = [&](const std::string& what, const std::string& remedy, const std::string& detail) {
        throw Exception(Error{ErrorCode::BadInput, what, file.string(), remedy, detail});
    };
    // Others may rename or delete the file while it is mapped, as elsewhere.
    const Handle opened(::CreateFileW(file.c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                      FILE_ATTRIBUTE_NORMAL, nullptr));
    if (!opened.valid())
        refuse("the file cannot be opened", "check its name and permissions", lastErrorText());
    LARGE_INTEGER size{};
    if (::GetFileType(opened.get()) != FILE_TYPE_DISK || !::GetFileSizeEx(opened.get(), &size))
        refuse("this is no regular file", "get a fresh copy of it", {});
    if (size.QuadPart == 0)
        refuse("the file is empty", "get a fresh copy of it", {});
    m_size = static_cast<std::size_t>(size.QuadPart);
    m_handle = ::CreateFileMappingW(opened.get(), nullptr, PAGE_READONLY, 0, 0, nullptr);
    if (m_handle)
        m_data = static_cast<const std::byte*>(::MapViewOfFile(m_handle, FILE_MAP_READ, 0, 0, 0));
    if (!m_data) {
        const std::string reason = lastErrorText();
        if (m_handle)
            ::CloseHandle(m_handle);
        refuse("the file cannot be mapped", "check the disk", reason);
    }
}

MappedFile::~MappedFile()
{
    ::UnmapViewOfFile(m_data);
    ::CloseHandle(m_handle);
}

void MappedFile::releasePages() const noexcept
{
    // Unlocking what is not locked takes pages out of the working set.
    ::VirtualUnlock(const_cast<std::byte*>(m_data), m_size);
}

void* loadSymbol(const fs::path& library, const char* symbol, std::string& reason)
{
    const HMODULE module = ::LoadLibraryExW(fs::absolute(library).c_str(), nullptr,
                                            LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    void* found = module ? reinterpret_cast<void*>(::GetProcAddress(module, symbol)) : nullptr;
    if (!found)
        reason = lastErrorText();
    return found;
}

std::string libraryDefining(const char* symbol)
{
    HMODULE modules[1024];
    DWORD bytes = 0;
    if (!::EnumProcessModules(::GetCurrentProcess(), modules, sizeof modules, &bytes))
        return {};
    const std::size_t count = std::min<std::size_t>(bytes / sizeof(HMODULE), std::size(modules));
    for (std::size_t i = 0; i < count; ++i) {
        if (::GetProcAddress(modules[i], symbol))
            return modulePath(modules[i]).string();
    }
    return {};
}

namespace {

void (*interruptHandler)() = nullptr;

BOOL WINAPI handleControl(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT && event != CTRL_CLOSE_EVENT)
        return FALSE;
    interruptHandler();
    return TRUE;
}

} // namespace

void onInterrupt(void (*handler)())
{
    interruptHandler = handler;
    ::SetConsoleCtrlHandler(handleControl, TRUE);
}

} // namespace pentimento::platform
