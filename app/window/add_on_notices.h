// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"

#include <optional>

/// What the window says about LoRAs and ControlNets, which are added to a model.
namespace pentimento {

struct Hint {
    QString title;
    QString text;
};

/// What has to be chosen before the controls can run.
std::optional<Hint> missingOf(const QList<ControlSetting>& controls);

/// Names the LoRA, ControlNet or control picture of `edit` that `error` is about; empty: none of them.
QString addOnTitle(const ErrorText& error, const EditRequest& edit);

} // namespace pentimento
