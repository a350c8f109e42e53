// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"
#include "app/bridge/frame_mailbox.h"

#include <QObject>
#include <QThread>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>

namespace pentimento {

struct EngineSource;
class CancelToken;
class InferenceWorker;

/// The window's side of the engine, shared by all windows. Owns the inference thread; one job is in flight, the others
/// queue. Every answer is a signal on the window's thread and carries its job's number; exactly one of finished, failed
/// and cancelled ends a job.
class InferenceService : public QObject {
    Q_OBJECT
public:
    enum class Log { Debug, Info, Warning, Error };
    using LogSink = std::function<void(Log, const QString&)>; ///< called from any thread

    explicit InferenceService(EngineSource source, QObject* parent = nullptr);
    ~InferenceService() override;

    JobId submit(EditRequest request);
    void cancel(JobId id); ///< at once: sets the token the engine looks at, or takes the job out of the queue
    bool isBusy() const { return m_current.id != 0; }
    /// Loads module and model ahead of the first job.
    void preload(const QString& modelPath, const QList<LoraWeight>& loras = {});

    /// Another engine from the next job on; the job in flight ends on the former one.
    void setSource(EngineSource source);
    /// Looks for everything that is wrong with a model, after the job in flight; a job that is submitted meanwhile goes
    /// first and ends it. One of checked, checkFailed and checkCancelled follows. One check at a time.
    void check(const QString& modelPath);
    void cancelCheck();

    const EngineFacts& facts() const { return m_facts; }

    /// Cancels everything and waits for the thread. False: the engine did not come back in time, and the process must
    /// end without running destructors. Called once, when no window is left.
    bool stop(std::chrono::milliseconds patience);

Q_SIGNALS:
    void engineReady();
    void modelReady(const QString& modelPath);
    void preloadFailed(const ErrorText& error);
    void loading(JobId id, const QString& what);
    void started(JobId id, const JobStarted& started);
    void progress(JobId id, const JobProgress& progress);
    void preview(JobId id, const JobPreview& preview);
    void notice(JobId id, const QString& text);
    void finished(JobId id, const JobResult& result);
    void failed(JobId id, const ErrorText& error);
    void cancelled(JobId id);
    void checkProgress(const ModelWork& work);
    void checked(const ModelReport& report);
    void checkFailed(const ErrorText& error);
    void checkCancelled();

private:
    struct Job {
        JobId id = 0;
        EditRequest request;
        std::shared_ptr<CancelToken> token;
    };
    void startNext();
    bool ended(JobId id);

    FrameMailbox<JobPreview> m_mailbox;
    QThread m_thread;
    InferenceWorker* m_worker = nullptr;
    Job m_current;
    std::deque<Job> m_queue;
    std::shared_ptr<CancelToken> m_preload;
    std::shared_ptr<CancelToken> m_check;
    EngineFacts m_facts;
    JobId m_lastId = 0;
};

} // namespace pentimento
