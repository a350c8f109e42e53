// SPDX-License-Identifier: Apache-2.0
#include "app/window/generate_controller.h"

#include "app/bridge/edit_preview.h"
#include "app/bridge/inference_service.h"
#include "app/bridge/paste.h"
#include "app/window/add_on_notices.h"
#include "app/window/model_controller.h"
#include "widgets/canvas/canvas_widget.h"
#include "widgets/common/background.h"
#include "widgets/document/image_document.h"
#include "widgets/panels/candidate_strip.h"
#include "widgets/panels/control_list.h"
#include "widgets/panels/lora_list.h"
#include "widgets/panels/mask_panel.h"
#include "widgets/panels/notice_bar.h"
#include "widgets/panels/run_panel.h"
#include "widgets/panels/task_bar.h"

#include <QRandomGenerator>

#include <cmath>

namespace pentimento {
namespace {

constexpr qsizetype longToKeep = qsizetype(8) << 20; // bytes of a picture; more is not edited on the window's thread

// Nine digits can be read out and typed in again.
quint64 randomSeed()
{
    return QRandomGenerator::global()->bounded(1U, 1000000000U);
}

} // namespace

GenerateController::GenerateController(const Parts& parts, QObject* parent) : QObject(parent), m_parts(parts)
{
    const InferenceService* service = &m_parts.inference;
    connect(service, &InferenceService::loading, this, [this](JobId id, const QString&) {
        if (id == m_job)
            m_parts.bar.setBusy(tr("loading the model…"), -1);
    });
    connect(service, &InferenceService::started, this, [this](JobId id, const JobStarted& started) {
        if (id == m_job)
            showStarted(started);
    });
    connect(service, &InferenceService::progress, this, [this](JobId id, const JobProgress& progress) {
        if (id == m_job)
            showProgress(progress);
    });
    connect(service, &InferenceService::preview, this, [this](JobId id, const JobPreview& preview) {
        if (id == m_job)
            m_parts.canvas.setOverlay({preview.rect, preview.image});
    });
    connect(service, &InferenceService::notice, this, [this](JobId id, const QString& text) {
        if (id == m_job)
            m_parts.notice.showNotice(tr("Note:"), text);
    });
    connect(service, &InferenceService::finished, this, [this](JobId id, const JobResult& result) {
        if (id == m_job)
            showResult(result);
    });
    connect(service, &InferenceService::failed, this, [this](JobId id, const ErrorText& error) {
        if (id != m_job)
            return;
        endJob();
        showError(error);
    });
    connect(service, &InferenceService::cancelled, this, [this](JobId id) {
        if (id == m_job)
            endJob();
    });
    connect(&m_parts.document, &ImageDocument::pictureReplaced, this, &GenerateController::forgetAll);
    connect(&m_parts.canvas, &CanvasWidget::zoomChanged, this, [this](double scale) { m_shownScale->store(scale); });

    connect(&m_parts.document, &ImageDocument::maskChanged, this, &GenerateController::dropHint);
    connect(&m_parts.bar, &TaskBar::promptEdited, this, &GenerateController::dropHint);
    connect(&m_parts.bar, &TaskBar::modeChosen, this, &GenerateController::dropHint);
    connect(&m_parts.bar, &TaskBar::generateWanted, this, &GenerateController::generate);
    connect(&m_parts.bar, &TaskBar::cancelWanted, this, &GenerateController::cancel);
    const CandidateStrip* strip = &m_parts.bar.candidates();
    connect(strip, &CandidateStrip::keepWanted, this, &GenerateController::keep);
    connect(strip, &CandidateStrip::discardWanted, this, &GenerateController::discard);
    connect(strip, &CandidateStrip::againWanted, this, &GenerateController::again);
    connect(strip, &CandidateStrip::previousWanted, this, &GenerateController::previous);
    connect(strip, &CandidateStrip::nextWanted, this, &GenerateController::next);
    connect(strip, &CandidateStrip::compareHeld, this, &GenerateController::compare);
    connect(strip, &CandidateStrip::chosen, this, [this](int index) {
        m_candidates.show(index);
        showCandidate();
    });
}

EditRequest GenerateController::currentRequest() const
{
    EditRequest request;
    request.document = m_parts.document.snapshot();
    request.mode = m_parts.bar.mode();
    if (const ModelChoice* model = m_parts.run.model()) {
        request.modelPath = model->path;
        request.sizes = {model->sizeMultiple, model->nativeSize, model->largestSize[static_cast<int>(request.mode)]};
    }
    request.prompt = m_parts.bar.prompt();
    request.negativePrompt = m_parts.run.negativePrompt();
    request.loras = m_parts.run.loras().loras();
    request.controls = m_parts.run.controls().controls();
    request.numbers = m_parts.run.numbers();
    request.seed = m_parts.run.lockedSeed().value_or(randomSeed());
    request.grow = m_parts.mask.grow();
    request.feather = m_parts.mask.feather();
    request.shownScale = m_shownScale;
    return request;
}

void GenerateController::generate()
{
    if (isBusy() || !m_parts.document.isOpen())
        return;
    const ModelChoice* model = m_parts.run.model();
    if (!model)
        return m_parts.notice.showNotice(tr("There is no model yet."),
                                         tr("The models are still being looked for, or none was found."));
    if (!model->problem.isEmpty())
        return m_parts.notice.showNotice(tr("The model “%1” cannot be used.").arg(model->name), model->problem, model->path,
                                         m_parts.models.waysOut([this] { generate(); }));
    if (m_parts.document.mask().isBlank())
        return showHint(tr("Paint over what should change."), tr("The brush (B) marks the part of the picture to work on."));
    if (m_parts.bar.mode() == EditMode::Fill && m_parts.bar.prompt().isEmpty()) {
        m_parts.bar.focusPrompt();
        return showHint(tr("Say what should be there."), tr("Type a prompt, or use Erase to continue the surroundings."));
    }
    const EditRequest request = currentRequest();
    if (const auto missing = missingOf(request.controls))
        return showHint(missing->title, missing->text);
    submit(request);
}

void GenerateController::showHint(const QString& title, const QString& text)
{
    m_hint = title;
    m_parts.notice.showNotice(title, text);
}

// What it asked for is being done.
void GenerateController::dropHint()
{
    if (!m_hint.isEmpty() && m_parts.notice.title() == m_hint)
        m_parts.notice.hide();
    m_hint.clear();
}

void GenerateController::again()
{
    if (isBusy() || m_request.modelPath.isEmpty() || !m_parts.document.isOpen())
        return;
    EditRequest request = m_request;
    request.document.picture = m_parts.document.picture();
    if (!m_parts.run.lockedSeed())
        request.seed = randomSeed();
    submit(request);
}

void GenerateController::submit(const EditRequest& request)
{
    m_parts.notice.hide();
    m_request = request;
    m_started = {};
    m_job = m_parts.inference.submit(request);
    // The snapshot lives on in the job; holding it here too would make the next kept edit copy the whole picture.
    m_request.document.picture = {};
    m_parts.bar.setBusy(tr("starting…"), -1);
    Q_EMIT statusText(tr("You can go on painting"));
    Q_EMIT stateChanged();
}

void GenerateController::cancel()
{
    m_parts.inference.cancel(m_job);
}

void GenerateController::showStarted(const JobStarted& started)
{
    m_started = started;
    m_parts.canvas.setRim({started.plan.crop.topLeft(), started.plan.paste});
    m_parts.canvas.setMaskLook(CanvasWidget::MaskLook::Outline);
    m_parts.mask.showRim(started.plan.rim);
    m_parts.run.showUsedSeed(started.seed);
    m_parts.bar.setBusy(tr("step 1 of %1").arg(started.steps), 0);
}

void GenerateController::showProgress(const JobProgress& progress)
{
    const double share = progress.steps > 0 ? double(progress.step) / progress.steps : 0;
    const int seconds = int(std::ceil(progress.secondsLeft));
    m_parts.bar.setBusy(progress.step < progress.steps
                            ? tr("step %1 of %2, %3 s left").arg(progress.step).arg(progress.steps).arg(seconds)
                            : tr("finishing…"),
                        share);
}

void GenerateController::showResult(const JobResult& result)
{
    for (const JobVariant& variant : result.variants)
        m_candidates.add(variant);
    endJob();
    Q_EMIT resultArrived(result.model, result.peakMemory, result.seconds);
}

void GenerateController::endJob()
{
    m_job = 0;
    m_parts.bar.setIdle();
    m_parts.canvas.setRim({});
    showCandidate(); // or nothing: the picture is as it was
    Q_EMIT statusText({});
    Q_EMIT stateChanged();
}

void GenerateController::showError(const ErrorText& error)
{
    QList<NoticeBar::Choice> choices;
    if (error.kind == ErrorText::Kind::Internal || error.kind == ErrorText::Kind::OutOfMemory)
        choices += {tr("Try again"), [this] { again(); }};
    // A file that the engine refuses is the model's, unless it is one that was added to it.
    if (const QString title = addOnTitle(error, m_request); !title.isEmpty())
        return m_parts.notice.showNotice(title, error.text, error.details);
    if (error.kind == ErrorText::Kind::Model) {
        choices += m_parts.models.waysOut([this] { generate(); });
        m_parts.run.showTrouble(error.text);
    }
    m_parts.notice.showNotice(error.title, error.text, error.details, choices);
}

void GenerateController::showCandidates()
{
    QList<QImage> thumbnails;
    for (int i = 0; i < m_candidates.count(); ++i)
        thumbnails += m_candidates.at(i).thumbnail;
    if (const JobVariant* shown = m_candidates.shown())
        m_parts.bar.candidates().show(thumbnails, m_candidates.index(), shown->seed);
    m_parts.bar.setCandidatesShown(!m_candidates.isEmpty());
    Q_EMIT stateChanged();
}

void GenerateController::showCandidate()
{
    const JobVariant* shown = m_candidates.shown();
    m_parts.canvas.setMaskLook(shown ? CanvasWidget::MaskLook::Hidden : CanvasWidget::MaskLook::Full);
    m_parts.canvas.setOverlay(shown ? PatchOverlay{shown->rect, shown->shown, shown->shownPyramid} : PatchOverlay{});
    showCandidates();
}

struct GenerateController::Kept {
    bool fits = false;
    PictureEdit edit;
    PicturePyramid pyramid;
};

GenerateController::Kept GenerateController::prepareKept(const QImage& picture, const JobVariant& variant)
{
    if (!stillFits(variant, picture))
        return {};
    Kept kept{true, makePictureEdit(picture, variant.rect.topLeft(), pastedRegion(picture, variant)), {}};
    kept.pyramid = PicturePyramid(kept.edit.picture);
    return kept;
}

void GenerateController::keep()
{
    const JobVariant* shown = m_candidates.shown();
    if (!shown || m_keeping)
        return;
    const QImage picture = m_parts.document.picture();
    if (picture.sizeInBytes() < longToKeep)
        return finishKeep(prepareKept(picture, *shown), picture.cacheKey());
    m_keeping = true;
    runInBackground(
        this, [picture, variant = *shown] { return prepareKept(picture, variant); },
        [this, source = picture.cacheKey()](Kept kept) {
            m_keeping = false;
            finishKeep(std::move(kept), source);
            const auto waiting = std::exchange(m_afterKeep, {});
            for (const auto& then : waiting)
                afterKeep(then);
        });
}

void GenerateController::afterKeep(std::function<void()> then)
{
    if (m_keeping)
        m_afterKeep += std::move(then);
    else
        then();
}

void GenerateController::finishKeep(Kept kept, qint64 source)
{
    if (m_candidates.isEmpty())
        return; // discarded, or another picture was opened meanwhile
    if (m_parts.document.picture().cacheKey() != source)
        return keep(); // for the picture as it is now
    if (!kept.fits)
        return m_parts.notice.showNotice(
            tr("The picture under this result has changed."),
            tr("It was made for what was there before. Undo, or make it again for the picture as it is now."), {},
            {{tr("Again"), [this] { again(); }}});
    // The others were made for the picture as it was and could not be kept any more.
    m_candidates.clear();
    m_parts.notice.hide();
    m_parts.canvas.setPyramid(std::move(kept.pyramid));
    m_parts.document.applyEdit(std::move(kept.edit), tr("Edit"));
    showCandidate();
    m_parts.canvas.setMaskLook(CanvasWidget::MaskLook::Outline); // the mask stays; so that the edit is seen, as a line
}

void GenerateController::discard()
{
    m_candidates.discardShown();
    showCandidate();
}

void GenerateController::previous()
{
    m_candidates.previous();
    showCandidate();
}

void GenerateController::next()
{
    m_candidates.next();
    showCandidate();
}

void GenerateController::compare(bool held)
{
    if (!m_candidates.isEmpty())
        m_parts.canvas.setOverlayVisible(!held);
}

void GenerateController::forgetAll()
{
    cancel();
    m_candidates.clear();
    m_parts.mask.showRim(-1);
    showCandidate();
}

void GenerateController::refreshPlan()
{
    Q_EMIT inputsChanged();
    if (m_planning) {
        m_planStale = true;
        return;
    }
    const EditRequest request = currentRequest();
    if (isBusy() || request.modelPath.isEmpty() || request.document.mask.isBlank()) {
        if (!isBusy())
            m_parts.canvas.setRim({});
        m_parts.mask.showRim(-1);
        return;
    }
    m_planning = true;
    runInBackground(
        this, [request] { return planFor(request); },
        [this](const std::optional<PlanView>& plan) {
            m_planning = false;
            if (std::exchange(m_planStale, false))
                return refreshPlan();
            if (isBusy())
                return;
            m_parts.canvas.setRim(plan ? RimOutline{plan->crop.topLeft(), plan->paste} : RimOutline{});
            m_parts.mask.showRim(plan ? plan->rim : -1);
        });
}

} // namespace pentimento
