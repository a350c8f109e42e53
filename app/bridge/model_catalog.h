// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"

#include "inference/api/model_info.h"

#include <QList>

namespace pentimento {

/// All models below the search path, the default one first. Reads headers and JSON: call it off the window's thread.
QList<ModelChoice> findModels();

/// As the window offers it.
ModelChoice modelChoice(const ModelInfo& info);

/// A model folder or file somewhere else.
ModelChoice inspectModelAt(const QString& path);

/// The same, or all models and files in a folder that is none itself; such a folder is searched from now on, by the
/// command line too. Never empty.
QList<ModelChoice> inspectModelsAt(const QString& path);

/// All ControlNets among the models of this machine, and one somewhere else, whose `problem` says why it is none. Off the
/// window's thread.
QList<ControlNetChoice> findControlNets();
ControlNetChoice inspectControlNetAt(const QString& path);

/// The folder that people put models into, as they would write it.
QString ownModelPlace();

/// Names that the engine takes for a scheduler, "model" first.
QStringList schedulerChoices();

} // namespace pentimento
