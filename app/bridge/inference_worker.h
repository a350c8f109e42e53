// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"
#include "app/bridge/engine_source.h"
#include "app/bridge/frame_mailbox.h"

#include <QObject>

namespace pentimento {

/// Lives in the inference thread and is the only one who calls the engine.
class InferenceWorker : public QObject {
    Q_OBJECT
public:
    InferenceWorker(EngineSource source, FrameMailbox<JobPreview>& mailbox);

    void run(JobId id, const EditRequest& edit, const CancelToken& cancel);
    void preload(const QString& modelPath, const QList<LoraWeight>& loras, const CancelToken& cancel);
    void setSource(EngineSource source); ///< the engine of the former one goes
    void check(const QString& modelPath, const CancelToken& cancel);

Q_SIGNALS:
    void engineReady(const EngineFacts& facts);
    void modelReady(const QString& modelPath);
    void loading(JobId id, const QString& what);
    void started(JobId id, const JobStarted& started);
    void progress(JobId id, const JobProgress& progress);
    void previewReady(JobId id); ///< a frame waits in the mailbox
    void notice(JobId id, const QString& text);
    void finished(JobId id, const JobResult& result);
    void failed(JobId id, const ErrorText& error);
    void cancelled(JobId id);
    void checkProgress(const ModelWork& work);
    void checked(const ModelReport& report);
    void checkFailed(const ErrorText& error);
    void checkCancelled();

private:
    Engine* engine(Error& error); ///< null when it cannot be had

    EngineSource m_source;
    FrameMailbox<JobPreview>& m_mailbox;
    std::unique_ptr<Engine> m_engine;
};

} // namespace pentimento
