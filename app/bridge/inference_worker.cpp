// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/inference_worker.h"

#include "app/bridge/error_text.h"
#include "app/bridge/image_convert.h"
#include "app/bridge/model_report.h"
#include "app/bridge/request_builder.h"
#include "widgets/canvas/canvas_transform.h"

#include <algorithm>

namespace pentimento {
namespace {

constexpr int longestPreviewSide = 1600; // beyond it the canvas enlarges; keeps the engine's thread free

/// The size in which the canvas will show `rect`.
QSize previewSize(const QRect& rect, double scale)
{
    const QSize shown = CanvasTransform::sizeAt(scale, rect).expandedTo({1, 1});
    return std::max(shown.width(), shown.height()) <= longestPreviewSide
               ? shown
               : shown.scaled(longestPreviewSide, longestPreviewSide, Qt::KeepAspectRatio);
}

/// Turns the engine's callbacks into queued signals and frames in the mailbox.
class SignalSink final : public EventSink {
public:
    SignalSink(InferenceWorker& worker, JobId id, const EditRequest& edit, FrameMailbox<JobPreview>& mailbox)
        : m_worker(worker), m_id(id), m_edit(edit), m_mailbox(mailbox)
    {
    }
    void loading(const std::string& what) noexcept override { Q_EMIT m_worker.loading(m_id, QString::fromStdString(what)); }
    void started(const Started& started) noexcept override
    {
        const PlanView plan = toPlanView(started.plan);
        m_paste = plan.paste;
        Q_EMIT m_worker.started(m_id, {QString::fromStdString(started.model), plan, started.steps, started.seed});
    }
    void progress(const Progress& progress) noexcept override
    {
        Q_EMIT m_worker.progress(m_id, {progress.step, progress.steps, progress.secondsLeft});
    }
    bool wantsPreview() noexcept override { return m_mailbox.isEmpty(); }
    void preview(const Preview& preview) noexcept override
    {
        const QRect rect = toQtRect(preview.rect);
        const double scale = m_edit.shownScale ? m_edit.shownScale->load() : 1;
        const QImage shown = seenThrough(toQtImage(preview.pixels), m_paste, previewSize(rect, scale));
        if (m_mailbox.put({preview.step, rect, shown}))
            Q_EMIT m_worker.previewReady(m_id);
    }
    void notice(const std::string& text) noexcept override { Q_EMIT m_worker.notice(m_id, QString::fromStdString(text)); }

private:
    InferenceWorker& m_worker;
    JobId m_id;
    const EditRequest& m_edit;
    FrameMailbox<JobPreview>& m_mailbox;
    QImage m_paste;
};

Outcome runEdit(Engine& engine, const EditRequest& edit, EventSink& sink, const CancelToken& cancel)
{
    auto controls = readControls(edit.controls);
    if (const auto* error = std::get_if<Error>(&controls))
        return *error;
    Request request = buildRequest(edit);
    request.controls = std::get<std::vector<ControlChoice>>(std::move(controls));
    return engine.run(request, sink, cancel);
}

JobResult toJobResult(const Result& result, const QImage& picture)
{
    JobResult shown;
    for (const Variant& variant : result.variants)
        shown.variants.push_back(toJobVariant(variant, picture));
    shown.model = QString::fromStdString(result.model);
    shown.steps = result.steps;
    shown.seconds = result.seconds;
    shown.peakMemory = result.peakMemory;
    return shown;
}

} // namespace

InferenceWorker::InferenceWorker(EngineSource source, FrameMailbox<JobPreview>& mailbox)
    : m_source(std::move(source)), m_mailbox(mailbox)
{
}

Engine* InferenceWorker::engine(Error& error)
{
    if (!m_engine) {
        auto made = m_source.make();
        if (const auto* reason = std::get_if<Error>(&made)) {
            error = *reason;
            return nullptr;
        }
        m_engine = std::get<std::unique_ptr<Engine>>(std::move(made));
        const EngineInfo info = m_engine->info();
        Q_EMIT engineReady({QString::fromStdString(info.device), info.threads, QString::fromStdString(info.torch),
                            QString::fromStdString(info.blas)});
    }
    return m_engine.get();
}

void InferenceWorker::run(JobId id, const EditRequest& edit, const CancelToken& cancel)
{
    if (cancel.cancelled()) {
        Q_EMIT cancelled(id);
        return;
    }
    Error error;
    Engine* const ready = engine(error);
    if (!ready) {
        Q_EMIT failed(id, toErrorText(error));
        return;
    }
    m_mailbox.take(); // a frame of the last job that nobody took
    SignalSink sink(*this, id, edit, m_mailbox);
    const Outcome outcome = runEdit(*ready, edit, sink, cancel);
    if (const auto* result = std::get_if<Result>(&outcome))
        Q_EMIT finished(id, toJobResult(*result, edit.document.picture));
    else if (const auto* reason = std::get_if<Error>(&outcome))
        Q_EMIT failed(id, toErrorText(*reason));
    else
        Q_EMIT cancelled(id);
}

void InferenceWorker::preload(const QString& modelPath, const QList<LoraWeight>& loras, const CancelToken& cancel)
{
    if (cancel.cancelled())
        return;
    Error error;
    Engine* const ready = engine(error);
    if (!ready) {
        Q_EMIT failed(0, toErrorText(error));
        return;
    }
    Request request;
    request.model = modelPath.toStdString();
    request.loras = toLoraChoices(loras);
    const auto outcome = ready->preload(request, cancel);
    if (const auto* reason = std::get_if<Error>(&outcome))
        Q_EMIT failed(0, toErrorText(*reason));
    else if (std::holds_alternative<std::monostate>(outcome))
        Q_EMIT modelReady(modelPath);
}

void InferenceWorker::setSource(EngineSource source)
{
    m_engine.reset();
    m_source = std::move(source);
}

void InferenceWorker::check(const QString& modelPath, const CancelToken& cancel)
{
    Error error;
    Engine* const ready = cancel.cancelled() ? nullptr : engine(error);
    if (!ready) {
        cancel.cancelled() ? Q_EMIT checkCancelled() : Q_EMIT checkFailed(toErrorText(error));
        return;
    }
    const auto report = [this](const WorkProgress& work) {
        Q_EMIT checkProgress({QString::fromStdString(work.what), work.done, work.secondsLeft});
    };
    const auto outcome = ready->verify(modelPath.toStdString(), report, cancel);
    if (const auto* check = std::get_if<ModelCheck>(&outcome))
        Q_EMIT checked(toModelReport(*check));
    else if (const auto* reason = std::get_if<Error>(&outcome))
        Q_EMIT checkFailed(toErrorText(*reason));
    else
        Q_EMIT checkCancelled();
}

} // namespace pentimento
