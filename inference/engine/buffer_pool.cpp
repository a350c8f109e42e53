// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/buffer_pool.h"

#include "inference/core/platform.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <cstddef>
#include <map>
#include <mutex>
#include <new>

namespace pentimento {
namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t smallestPooled = std::size_t{64} << 10;
constexpr std::size_t smallestLarge = std::size_t{4} << 20;

/// Sits before every buffer, in the alignment's worth of bytes.
struct Header {
    std::size_t bytes;
};

void* systemBuffer(std::size_t bytes)
{
    auto* start = static_cast<std::byte*>(::operator new(bytes + alignment, std::align_val_t(alignment)));
    if (bytes >= smallestLarge)
        platform::preferLargePages(start, bytes + alignment);
    new (start) Header{bytes};
    return start + alignment;
}

Header& headerOf(void* buffer)
{
    return *reinterpret_cast<Header*>(static_cast<std::byte*>(buffer) - alignment);
}

void freeSystemBuffer(void* buffer)
{
    ::operator delete(static_cast<std::byte*>(buffer) - alignment, std::align_val_t(alignment));
}

class BufferPool : public c10::Allocator {
public:
    c10::DataPtr allocate(std::size_t bytes) const override
    {
        void* buffer = bytes == 0 ? nullptr : take(bytes);
        return {buffer, buffer, &BufferPool::release, c10::Device(c10::DeviceType::CPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &BufferPool::release; }

    void trim()
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& [bytes, buffer] : m_free)
            freeSystemBuffer(buffer);
        m_free.clear();
    }

    static BufferPool& instance()
    {
        static auto* pool = new BufferPool; // tensors with static storage may outlive every destructor
        return *pool;
    }

private:
    void* take(std::size_t bytes) const
    {
        if (bytes >= smallestPooled) {
            const std::lock_guard lock(m_mutex);
            const auto it = m_free.lower_bound(bytes);
            if (it != m_free.end() && it->first <= bytes + bytes / 4) {
                void* buffer = it->second;
                m_free.erase(it);
                return buffer;
            }
        }
        return systemBuffer(bytes);
    }

    static void release(void* buffer)
    {
        if (!buffer)
            return;
        const std::size_t bytes = headerOf(buffer).bytes;
        if (bytes < smallestPooled)
            return freeSystemBuffer(buffer);
        BufferPool& pool = instance();
        const std::lock_guard lock(pool.m_mutex);
        pool.m_free.emplace(bytes, buffer);
    }

    mutable std::mutex m_mutex;
    mutable std::multimap<std::size_t, void*> m_free;
};

} // namespace

void installBufferPool()
{
    c10::SetCPUAllocator(&BufferPool::instance(), 1);
}

void trimBufferPool() noexcept
{
    BufferPool::instance().trim();
}

} // namespace pentimento
