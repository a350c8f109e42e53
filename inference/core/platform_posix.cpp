// SPDX-License-Identifier: Apache-2.0
#include "inference/core/platform.h"

#include "inference/api/error.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

namespace pentimento::platform {
namespace fs = std::filesystem;

int processId() noexcept
{
    return static_cast<int>(::getpid());
}

bool syncFile(std::FILE* file) noexcept
{
    // Some targets (pipes, special file systems) cannot be synced; that is no failed write.
    return ::fsync(::fileno(file)) == 0 || errno == EINVAL || errno == ENOTSUP;
}

bool unlinkFile(const char* path) noexcept
{
    return ::unlink(path) == 0;
}

void exitNow(int status) noexcept
{
    ::_exit(status);
}

bool folderWritable(const fs::path& folder)
{
    return ::access(folder.c_str(), W_OK | X_OK) == 0;
}

fs::path executablePath()
{
#ifdef __APPLE__
    char buffer[4096];
    std::uint32_t size = sizeof buffer;
    return _NSGetExecutablePath(buffer, &size) == 0 ? fs::weakly_canonical(buffer) : fs::path();
#else
    std::error_code ec;
    return fs::read_symlink("/proc/self/exe", ec);
#endif
}

fs::path homeFolder()
{
    const char* home = std::getenv("HOME");
    return home && *home ? fs::path(home) : fs::path("/");
}

bool isTerminal(std::FILE* stream) noexcept
{
    return ::isatty(::fileno(stream)) == 1;
}

std::uint64_t peakMemory() noexcept
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
    return static_cast<std::uint64_t>(usage.ru_maxrss);
#else
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
#endif
}

std::uint64_t availableMemory() noexcept
{
    std::ifstream info("/proc/meminfo");
    std::string key;
    std::uint64_t kilobytes = 0;
    std::string unit;
    while (info >> key >> kilobytes) {
        std::getline(info, unit);
        if (key == "MemAvailable:")
            return kilobytes * 1024;
    }
    const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) / 2 : 0;
}

int physicalCores() noexcept
{
#ifdef __linux__
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) == 0)
        return std::max(1, CPU_COUNT(&set));
#endif
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void preferLargePages(void* buffer, std::size_t bytes) noexcept
{
#ifdef MADV_HUGEPAGE
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const std::uintptr_t start = (reinterpret_cast<std::uintptr_t>(buffer) + page - 1) / page * page;
    const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(buffer) + bytes;
    if (end > start)
        ::madvise(reinterpret_cast<void*>(start), end - start, MADV_HUGEPAGE);
#else
    static_cast<void>(buffer), static_cast<void>(bytes);
#endif
}

MappedFile::MappedFile(const fs::path& file)
{
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        throw Exception(Error{ErrorCode::BadInput, "the file cannot be opened", file.string(), "check its name and permissions",
                              std::strerror(errno)});
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) {
        ::close(fd);
        throw Exception(ErrorCode::BadInput, info.st_size == 0 ? "the file is empty" : "this is no regular file", file.string(),
                        "get a fresh copy of it");
    }
    m_size = static_cast<std::size_t>(info.st_size);
    void* mapped = ::mmap(nullptr, m_size, PROT_READ, MAP_PRIVATE, fd, 0);
    const int reason = errno;
    ::close(fd);
    if (mapped == MAP_FAILED)
        throw Exception(
            Error{ErrorCode::BadInput, "the file cannot be mapped", file.string(), "check the disk", std::strerror(reason)});
    m_data = static_cast<const std::byte*>(mapped);
}

MappedFile::~MappedFile()
{
    if (m_data)
        ::munmap(const_cast<std::byte*>(m_data), m_size);
}

void MappedFile::releasePages() const noexcept
{
    ::madvise(const_cast<std::byte*>(m_data), m_size, MADV_DONTNEED); // the mapping is private and never written
}

void* loadSymbol(const fs::path& library, const char* symbol, std::string& reason)
{
    void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* found = handle ? ::dlsym(handle, symbol) : nullptr;
    if (!found)
        reason = ::dlerror();
    return found;
}

std::string libraryDefining(const char* symbol)
{
    const void* address = ::dlsym(RTLD_DEFAULT, symbol);
    Dl_info info{};
    return address && ::dladdr(address, &info) != 0 && info.dli_fname ? fs::weakly_canonical(info.dli_fname).string()
                                                                      : std::string();
}

namespace {
void (*interruptHandler)() = nullptr;
void handleSignal(int)
{
    interruptHandler();
}
} // namespace

void onInterrupt(void (*handler)())
{
    interruptHandler = handler;
    struct sigaction action {};
    action.sa_handler = handleSignal;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

} // namespace pentimento::platform
