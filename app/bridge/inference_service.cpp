// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/inference_service.h"

#include "app/bridge/engine_source.h"
#include "app/bridge/inference_worker.h"

#include <algorithm>

namespace pentimento {

InferenceService::InferenceService(EngineSource source, QObject* parent)
    : QObject(parent), m_worker(new InferenceWorker(std::move(source), m_mailbox))
{
    m_thread.setObjectName(QStringLiteral("inference"));
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);

    connect(m_worker, &InferenceWorker::engineReady, this, [this](const EngineFacts& facts) {
        m_facts = facts;
        Q_EMIT engineReady();
    });
    connect(m_worker, &InferenceWorker::modelReady, this, &InferenceService::modelReady);
    connect(m_worker, &InferenceWorker::loading, this, &InferenceService::loading);
    connect(m_worker, &InferenceWorker::started, this, &InferenceService::started);
    connect(m_worker, &InferenceWorker::progress, this, &InferenceService::progress);
    connect(m_worker, &InferenceWorker::notice, this, &InferenceService::notice);
    connect(m_worker, &InferenceWorker::previewReady, this, [this](JobId id) {
        if (const auto frame = m_mailbox.take(); frame && id == m_current.id)
            Q_EMIT preview(id, *frame);
    });
    connect(m_worker, &InferenceWorker::finished, this, [this](JobId id, const JobResult& result) {
        if (ended(id))
            Q_EMIT finished(id, result);
        startNext();
    });
    connect(m_worker, &InferenceWorker::failed, this, [this](JobId id, const ErrorText& error) {
        if (id == 0)
            Q_EMIT preloadFailed(error);
        else if (ended(id))
            Q_EMIT failed(id, error);
        startNext();
    });
    connect(m_worker, &InferenceWorker::cancelled, this, [this](JobId id) {
        if (ended(id))
            Q_EMIT cancelled(id);
        startNext();
    });
    connect(m_worker, &InferenceWorker::checkProgress, this, &InferenceService::checkProgress);
    connect(m_worker, &InferenceWorker::checked, this, &InferenceService::checked);
    connect(m_worker, &InferenceWorker::checkFailed, this, &InferenceService::checkFailed);
    connect(m_worker, &InferenceWorker::checkCancelled, this, &InferenceService::checkCancelled);
    m_thread.start();
}

InferenceService::~InferenceService()
{
    if (m_thread.isRunning())
        stop(std::chrono::milliseconds(-1));
}

JobId InferenceService::submit(EditRequest request)
{
    cancelCheck();
    m_queue.push_back({++m_lastId, std::move(request), std::make_shared<CancelToken>()});
    const JobId id = m_lastId;
    startNext();
    return id;
}

void InferenceService::cancel(JobId id)
{
    if (id != 0 && id == m_current.id) {
        m_current.token->cancel();
        return;
    }
    const auto waiting = std::find_if(m_queue.begin(), m_queue.end(), [id](const Job& job) { return job.id == id; });
    if (waiting == m_queue.end())
        return;
    m_queue.erase(waiting);
    Q_EMIT cancelled(id);
}

void InferenceService::preload(const QString& modelPath, const QList<LoraWeight>& loras)
{
    m_preload = std::make_shared<CancelToken>();
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, modelPath, loras, token = *m_preload] { worker->preload(modelPath, loras, token); },
        Qt::QueuedConnection);
}

void InferenceService::setSource(EngineSource source)
{
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, source = std::move(source)] { worker->setSource(source); }, Qt::QueuedConnection);
}

void InferenceService::check(const QString& modelPath)
{
    m_check = std::make_shared<CancelToken>();
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, modelPath, token = *m_check] { worker->check(modelPath, token); }, Qt::QueuedConnection);
}

void InferenceService::cancelCheck()
{
    if (m_check)
        m_check->cancel();
}

void InferenceService::startNext()
{
    if (m_current.id != 0 || m_queue.empty())
        return;
    m_current = std::move(m_queue.front());
    m_queue.pop_front();
    // The request moves into the call, so that the picture is shared no longer than the job runs.
    QMetaObject::invokeMethod(
        m_worker,
        [worker = m_worker, id = m_current.id, request = std::exchange(m_current.request, {}), token = *m_current.token] {
            worker->run(id, request, token);
        },
        Qt::QueuedConnection);
}

bool InferenceService::ended(JobId id)
{
    if (id != m_current.id)
        return false;
    m_current = {};
    return true;
}

bool InferenceService::stop(std::chrono::milliseconds patience)
{
    m_queue.clear();
    if (m_current.token)
        m_current.token->cancel();
    if (m_preload)
        m_preload->cancel();
    cancelCheck();
    m_thread.quit();
    return patience.count() < 0 ? m_thread.wait() : m_thread.wait(static_cast<unsigned long>(patience.count()));
}

} // namespace pentimento
