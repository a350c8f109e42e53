// SPDX-License-Identifier: Apache-2.0
#include "inference/core/files.h"

#include "inference/api/error.h"
#include "inference/core/platform.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

// A fixed table of plain characters, so that a signal handler can walk it: it reads what is Ready and nothing else.
enum class SlotState { Free, Changing, Ready };
struct TemporarySlot {
    std::atomic<SlotState> state{SlotState::Free};
    char path[1024] = {};
};
std::array<TemporarySlot, 32> temporarySlots;

void rememberTemporary(const std::string& path)
{
    for (TemporarySlot& slot : temporarySlots) {
        SlotState expected = SlotState::Free;
        if (path.size() < sizeof slot.path && slot.state.compare_exchange_strong(expected, SlotState::Changing)) {
            std::strcpy(slot.path, path.c_str());
            slot.state = SlotState::Ready;
            return;
        }
    }
}

void forgetTemporary(const std::string& path)
{
    for (TemporarySlot& slot : temporarySlots) {
        if (slot.state == SlotState::Ready && path == slot.path)
            slot.state = SlotState::Free;
    }
}

template <typename Container> Container readWhole(const fs::path& file, std::size_t limit)
{
    std::error_code ec;
    const fs::file_status status = fs::status(file, ec);
    if (!fs::exists(status))
        throw Exception(ErrorCode::BadInput, "the file does not exist", file.string(), "check its name");
    if (fs::is_directory(status))
        throw Exception(ErrorCode::BadInput, "this is a folder, not a file", file.string(), "name a file in it");
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw Exception(ErrorCode::BadInput, "the file cannot be read", file.string(), "check its permissions");
    Container content;
    std::array<char, 65536> chunk;
    while (stream.read(chunk.data(), chunk.size()) || stream.gcount() > 0) {
        if (content.size() + static_cast<std::size_t>(stream.gcount()) > limit)
            throw Exception(ErrorCode::BadInput, "the file is too large", file.string(),
                            "at most " + std::to_string(limit >> 20) + " MB are read");
        content.insert(content.end(), chunk.data(), chunk.data() + stream.gcount());
    }
    if (stream.bad())
        throw Exception(ErrorCode::BadInput, "reading the file failed", file.string(), "check the disk");
    return content;
}

} // namespace

std::string readTextFile(const fs::path& file, std::size_t limit)
{
    return readWhole<std::string>(file, limit);
}

std::vector<std::uint8_t> readBinaryFile(const fs::path& file, std::size_t limit)
{
    return readWhole<std::vector<std::uint8_t>>(file, limit);
}

AtomicFile::AtomicFile(fs::path target) : m_target(std::move(target))
{
    static std::atomic<unsigned> counter{0};
    m_temporary = m_target;
    m_temporary += ".part-" + std::to_string(platform::processId()) + "-" + std::to_string(counter++);
    rememberTemporary(m_temporary.string());
    m_file = std::fopen(m_temporary.string().c_str(), "wbx");
    if (!m_file) {
        const std::string reason = std::strerror(errno);
        forgetTemporary(m_temporary.string());
        throw Exception(
            Error{ErrorCode::Output, "the file cannot be written", m_target.string(), "choose another folder", reason});
    }
}

AtomicFile::~AtomicFile()
{
    if (m_file)
        std::fclose(m_file);
    if (!m_temporary.empty()) {
        std::error_code ec;
        fs::remove(m_temporary, ec);
        forgetTemporary(m_temporary.string());
    }
}

void AtomicFile::write(const void* data, std::size_t bytes)
{
    if (bytes > 0 && std::fwrite(data, 1, bytes, m_file) != bytes) // an empty vector's data may be null
        throw Exception(Error{ErrorCode::Output, "writing the file failed", m_target.string(), "free some space on the disk",
                              std::strerror(errno)});
}

void AtomicFile::commit()
{
    const bool flushed = std::fflush(m_file) == 0 && platform::syncFile(m_file);
    const bool closed = std::fclose(m_file) == 0;
    m_file = nullptr;
    if (!flushed || !closed)
        throw Exception(Error{ErrorCode::Output, "writing the file failed", m_target.string(), "free some space on the disk",
                              std::strerror(errno)});
    std::error_code ec;
    const fs::file_status old = fs::status(m_target, ec);
    if (fs::exists(old))
        fs::permissions(m_temporary, old.permissions(), ec);
    fs::rename(m_temporary, m_target, ec);
    if (ec)
        throw Exception(
            Error{ErrorCode::Output, "the file cannot be replaced", m_target.string(), "choose another name", ec.message()});
    forgetTemporary(m_temporary.string());
    m_temporary.clear();
}

void removeTemporaryFiles() noexcept
{
    for (TemporarySlot& slot : temporarySlots) {
        if (slot.state == SlotState::Ready)
            platform::unlinkFile(slot.path);
    }
}

void checkWritable(const fs::path& file)
{
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    std::error_code ec;
    if (!fs::is_directory(folder, ec))
        throw Exception(ErrorCode::Output, "the folder does not exist", folder.string(), "create it first");
    if (fs::is_directory(file, ec))
        throw Exception(ErrorCode::Output, "the output is a folder", file.string(), "name a file in it");
    if (!platform::folderWritable(folder))
        throw Exception(ErrorCode::Output, "the folder cannot be written", folder.string(), "choose another folder");
    // Names that are too long and file systems that take no files show only when one tries.
    const AtomicFile probe(file);
}

} // namespace pentimento
