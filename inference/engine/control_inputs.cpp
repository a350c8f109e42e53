// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/control_inputs.h"

#include "inference/edit/control_picture.h"
#include "inference/engine/tensor_planes.h"

#include <ATen/ATen.h>

namespace pentimento {
namespace {

/// The control's own picture, else the one that is worked on, at working size in 0..1.
Planes sourcePicture(const ControlChoice& control, const Request& request, const Rect& crop, const DiffusionInputs& inputs)
{
    if (control.image.empty())
        return toPlanes(((inputs.picture + 1) / 2)[0]);
    const Size over = request.image.empty() ? Size{crop.width, crop.height} : request.image.size();
    return ownControlPicture(control, over, crop, {static_cast<int>(inputs.width()), static_cast<int>(inputs.height())});
}

at::Tensor pictureFor(const ControlChoice& control, const Request& request, const Rect& crop, const DiffusionInputs& inputs)
{
    const Planes mask = control.source == ControlSource::Inpaint ? toPlanes(inputs.mask[0]) : Planes();
    return toTensor(controlPlanes(control.source, sourcePicture(control, request, crop, inputs), mask)).expand({-1, 3, -1, -1});
}

} // namespace

void addControls(const Request& request, const ControlNets::Networks& networks, const Rect& crop, DiffusionInputs& inputs)
{
    for (std::size_t i = 0; i < networks.size(); ++i) {
        const ControlChoice& control = request.controls.at(i);
        inputs.controls.push_back({networks[i], pictureFor(control, request, crop, inputs), control.scale, control.start,
                                   control.end, control.model.string()});
    }
}

} // namespace pentimento
