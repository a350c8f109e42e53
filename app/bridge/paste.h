// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"

namespace pentimento {

/// The picture's pixels under a variant with the variant pasted in; the one paste function of the engine does it.
QImage pastedRegion(const QImage& picture, const JobVariant& variant);

} // namespace pentimento
