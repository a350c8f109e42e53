// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QCoreApplication>
#include <QObject>
#include <QPointer>
#include <QThreadPool>

#include <utility>

namespace pentimento {

/// Threads for work of the program's own. Not the global pool: Qt's painting borrows that one and waits for it, so that
/// a picture being read or a step being deflated would hold the window up.
inline QThreadPool& backgroundPool()
{
    static auto* const pool = new QThreadPool(QCoreApplication::instance());
    return *pool;
}

/// For a pool thread: has `call` run on the window's thread, unless `context`, which lives there, is gone by then. The call
/// is posted to the pool, which outlives its threads: a context that is being destroyed must not be touched from elsewhere,
/// not even to post to it (QFuture::then(context) does, and crashes).
template <typename Call> void callFromBackground(QPointer<QObject> context, Call call)
{
    auto guarded = [context = std::move(context), call = std::move(call)]() mutable {
        if (context)
            call();
    };
    QMetaObject::invokeMethod(&backgroundPool(), std::move(guarded), Qt::QueuedConnection);
}

/// Runs `work` on a pool thread and hands its value to `done` on the window's thread, where `context` lives; nothing happens
/// when `context` is gone by then. `work` must not throw.
template <typename Work, typename Done> void runInBackground(QObject* context, Work work, Done done)
{
    backgroundPool().start([context = QPointer<QObject>(context), work = std::move(work), done = std::move(done)]() mutable {
        callFromBackground(std::move(context), [value = work(), done = std::move(done)]() mutable { done(std::move(value)); });
    });
}

} // namespace pentimento
