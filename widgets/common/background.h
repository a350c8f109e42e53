// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QCoreApplication>
#include <QFuture>
#include <QObject>
#include <QPromise>
#include <QThreadPool>

#include <memory>
#include <type_traits>

namespace pentimento {

/// Threads for work of the program's own. Not the global pool: Qt's painting borrows that one and waits for it, so that
/// a picture being read or a step being deflated would hold the window up.
inline QThreadPool& backgroundPool()
{
    static auto* const pool = new QThreadPool(QCoreApplication::instance());
    return *pool;
}

/// Runs `work` on a pool thread and hands its value to `done` on `context`'s thread; nothing happens when `context` is
/// gone by then. `work` must not throw.
template <typename Work, typename Done> void runInBackground(QObject* context, Work work, Done done)
{
    using Value = std::invoke_result_t<Work>;
    auto promise = std::make_shared<QPromise<Value>>();
    promise->start();
    promise->future().then(context, [done = std::move(done)](Value value) mutable { done(std::move(value)); });
    backgroundPool().start([promise, work = std::move(work)]() mutable {
        promise->addResult(work());
        promise->finish();
    });
}

} // namespace pentimento
