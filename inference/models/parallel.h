// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#ifndef INTRA_OP_PARALLEL
#error "compiled without OpenMP, at::parallel_for would run everything on one thread"
#endif

namespace pentimento {

/// Runs task(0) .. task(count - 1) over all threads. Each thread takes the next task when it is free, since the window
/// and other programs take time from some of them: equal shares would make all wait for the slowest.
template <typename Task> void parallelTasks(std::int64_t count, const Task& task)
{
    std::atomic<std::int64_t> next{0};
    at::parallel_for(0, std::min<std::int64_t>(at::get_num_threads(), count), 1, [&](std::int64_t, std::int64_t) {
        for (std::int64_t i = next++; i < count; i = next++)
            task(i);
    });
}

/// Length of nearly equal ranges over `total`, about `longest` at most, whose number is a multiple of the threads. A
/// multiple of the matrix kernel's 6 rows, so that only the last range has a rest.
inline std::int64_t evenRange(std::int64_t total, std::int64_t longest)
{
    const std::int64_t threads = at::get_num_threads(), ranges = (total + longest - 1) / longest;
    const std::int64_t even = (ranges + threads - 1) / threads * threads;
    return ((total + even - 1) / even + 5) / 6 * 6;
}

} // namespace pentimento
