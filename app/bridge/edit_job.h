// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/edit_plan.h"
#include "widgets/canvas/picture_pyramid.h"
#include "widgets/common/edit_mode.h"
#include "widgets/document/image_document.h"

#include <QImage>
#include <QList>
#include <QMetaType>
#include <QRect>
#include <QString>
#include <QStringList>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

/// The engine's requests and answers in Qt's types, by value: what crosses between the window and the worker.
namespace pentimento {

using JobId = quint64; ///< 0: none

struct EditRequest {
    DocumentSnapshot document;
    EditMode mode = EditMode::Fill;
    QString modelPath;
    WorkingSizes sizes; ///< of the model in this mode, so that the edit can be planned without it
    QString prompt;
    QString negativePrompt;
    QList<LoraWeight> loras;
    QList<ControlSetting> controls;
    RunNumbers numbers;
    quint64 seed = 0;
    std::optional<int> grow;    ///< px; absent: by the mask's size
    std::optional<int> feather; ///< px
    /// Device pixels per picture pixel of the canvas now, so that previews arrive in the size they are shown in.
    std::shared_ptr<const std::atomic<double>> shownScale;
};

struct PlanView {
    QRect crop;    ///< picture pixels that the model sees
    QSize working; ///< size they are worked at
    int grow = 0;
    int feather = 0;
    int rim = 0;  ///< how far the paste mask reaches beyond the painted one, px
    QImage paste; ///< Grayscale8, crop's size
};

struct JobStarted {
    QString model;
    PlanView plan;
    int steps = 0;
    quint64 seed = 0;
};

struct JobProgress {
    int step = 0;
    int steps = 0;
    double secondsLeft = 0;
};

/// Pixels to lay over the picture: alpha is the paste mask.
struct JobPreview {
    int step = 0;
    QRect rect;
    QImage image; ///< Format_ARGB32_Premultiplied
};

/// One result that may be kept.
struct JobVariant {
    QRect rect;
    QImage pixels; ///< picture's format
    QImage alpha;  ///< Grayscale8
    QImage shown;  ///< both as Format_ARGB32_Premultiplied
    PicturePyramid shownPyramid;
    QImage base;      ///< the picture's pixels under it when its run began
    QImage thumbnail; ///< of both, as it would look kept
    quint64 seed = 0;
};

struct JobResult {
    std::vector<JobVariant> variants;
    QString model;
    int steps = 0;
    double seconds = 0;
    quint64 peakMemory = 0; ///< bytes
};

/// An error as it is shown. `details` is untranslated and for "Copy details".
struct ErrorText {
    enum class Kind { Internal, BadInput, Model, Unsupported, OutOfMemory, Output };
    Kind kind = Kind::Internal;
    QString title;
    QString text;
    QString details;
};

/// How far work on a model is.
struct ModelWork {
    QString what;
    double done = 0; ///< 0..1
    double secondsLeft = 0;
};

/// What a check of a model told.
struct ModelReport {
    QStringList problems; ///< none: it is sound
    QString summary;      ///< what was looked at and measured
};

struct EngineFacts {
    QString device;
    int threads = 0;
    QString torch;
    QString blas;
};

} // namespace pentimento

Q_DECLARE_METATYPE(pentimento::JobStarted)
Q_DECLARE_METATYPE(pentimento::JobProgress)
Q_DECLARE_METATYPE(pentimento::JobPreview)
Q_DECLARE_METATYPE(pentimento::JobResult)
Q_DECLARE_METATYPE(pentimento::ErrorText)
Q_DECLARE_METATYPE(pentimento::ModelWork)
Q_DECLARE_METATYPE(pentimento::ModelReport)
Q_DECLARE_METATYPE(pentimento::EngineFacts)
