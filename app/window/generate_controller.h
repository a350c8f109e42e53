// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/window/candidate_list.h"

#include <QObject>

#include <functional>
#include <optional>

namespace pentimento {

class CanvasWidget;
class ImageDocument;
class InferenceService;
class MaskPanel;
class ModelController;
class NoticeBar;
class RunPanel;
class TaskBar;

/// From the Generate key to a kept edit: takes the snapshot, submits, shows previews and results over the canvas, and
/// puts the kept one into the document as one undo step.
class GenerateController : public QObject {
    Q_OBJECT
public:
    struct Parts {
        ImageDocument& document;
        InferenceService& inference;
        CanvasWidget& canvas;
        TaskBar& bar;
        RunPanel& run;
        MaskPanel& mask;
        NoticeBar& notice;
        ModelController& models;
    };
    GenerateController(const Parts& parts, QObject* parent);

    bool isBusy() const { return m_job != 0; }
    EditRequest currentRequest() const; ///< as Generate would submit it now
    const CandidateList& candidates() const { return m_candidates; }

    void generate();
    void again();
    void cancel();
    void keep();
    /// Calls `then` at once, or, while a kept edit is on its way into the picture, as soon as it is there.
    void afterKeep(std::function<void()> then);
    void discard();
    void previous();
    void next();
    void compare(bool held);
    void refreshPlan(); ///< the rim of the next run, when mask or settings changed

Q_SIGNALS:
    void stateChanged();
    void inputsChanged();                 ///< mask, picture or settings of the next run
    void statusText(const QString& text); ///< for the status line; empty: nothing to say
    void resultArrived(const QString& model, quint64 peakMemory, double seconds);

private:
    void submit(const EditRequest& request);
    void showStarted(const JobStarted& started);
    void showProgress(const JobProgress& progress);
    void showResult(const JobResult& result);
    void showError(const ErrorText& error);
    void showHint(const QString& title, const QString& text);
    void dropHint();
    void endJob();
    struct Kept;
    static Kept prepareKept(const QImage& picture, const JobVariant& variant);
    void finishKeep(Kept kept, qint64 source);
    void showCandidate();
    void showCandidates();
    void forgetAll();

    Parts m_parts;
    CandidateList m_candidates;
    JobId m_job = 0;
    EditRequest m_request; ///< of the job in flight or the last one; its pixels are let go when it ends
    std::shared_ptr<std::atomic<double>> m_shownScale = std::make_shared<std::atomic<double>>(1.0);
    JobStarted m_started;
    QString m_hint; ///< title of what Generate last asked for
    bool m_keeping = false;
    QList<std::function<void()>> m_afterKeep;
    bool m_planning = false;
    bool m_planStale = false;
};

} // namespace pentimento
