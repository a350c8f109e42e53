// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/control_inputs.h"

#include "inference/edit/canny.h"
#include "inference/edit/line_drawing.h"
#include "inference/edit/resample.h"
#include "inference/engine/tensor_planes.h"

#include <ATen/ATen.h>

namespace pentimento {
namespace {

/// The control's own picture, else the one that is worked on: (1, 3, h, w) in 0..1.
at::Tensor sourcePicture(const ControlChoice& control, const Request& request, const Rect& crop, const DiffusionInputs& inputs)
{
    if (control.image.empty())
        return (inputs.picture + 1) / 2;
    const Size working{static_cast<int>(inputs.width()), static_cast<int>(inputs.height())};
    const Size over = request.image.empty() ? Size{crop.width, crop.height} : request.image.size();
    return toTensor(stretchedCrop(control.image, over, crop, working)).clamp_(0, 1);
}

at::Tensor controlPicture(const ControlChoice& control, const Request& request, const Rect& crop, const DiffusionInputs& inputs)
{
    const at::Tensor picture = sourcePicture(control, request, crop, inputs);
    const auto drawn = [&](Planes (*draw)(const Planes&)) {
        return toTensor(draw(toPlanes(picture[0]))).expand({-1, 3, -1, -1});
    };
    switch (control.source) {
    case ControlSource::Canny: return drawn([](const Planes& planes) { return cannyEdges(planes); });
    case ControlSource::Lineart: return drawn(lineart);
    case ControlSource::Scribble: return drawn(scribble);
    // As diffusers' make_inpaint_condition.
    case ControlSource::Inpaint: return picture * (1 - inputs.mask) - inputs.mask;
    case ControlSource::Picture: break;
    }
    return picture;
}

} // namespace

void addControls(const Request& request, const ControlNets::Networks& networks, const Rect& crop, DiffusionInputs& inputs)
{
    for (std::size_t i = 0; i < networks.size(); ++i) {
        const ControlChoice& control = request.controls.at(i);
        inputs.controls.push_back({networks[i], controlPicture(control, request, crop, inputs), control.scale, control.start,
                                   control.end, control.model.string()});
    }
}

} // namespace pentimento
