// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"

#include "inference/api/model_check.h"

#include <atomic>
#include <functional>
#include <memory>
#include <variant>

namespace pentimento {

ModelReport toModelReport(const ModelCheck& check);

/// Converts a single file into a folder of the user's models; `progress` is called on the thread that works. Blocks: off
/// the window's thread. The path of the folder, the reason why there is none, or a null path when `cancelled` was set.
std::variant<QString, ErrorText> importModelFile(const QString& path, const std::function<void(const ModelWork&)>& progress,
                                                 const std::shared_ptr<const std::atomic<bool>>& cancelled);

/// Deletes one of the user's own models. Off the window's thread.
std::optional<ErrorText> removeOwnModel(const QString& path);

} // namespace pentimento
