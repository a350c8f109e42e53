// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"
#include "inference/api/image.h"
#include "inference/api/model_info.h"
#include "inference/api/request.h"

namespace pentimento {

/// What a request will do to the picture, before any of it is done. Pure geometry and mask arithmetic, torch-free.
struct EditPlan {
    Rect painted;    ///< bounding box of the painted mask
    Rect crop;       ///< region the model sees, picture pixels
    Size working;    ///< size it is worked at
    int grow = 0;    ///< px, as really used
    int feather = 0; ///< px, as really used
    int rim = 0;     ///< how far the paste mask reaches beyond the painted one, px
    Image denoise;   ///< grey 8 bit, crop's size: > 0 is denoised
    Image paste;     ///< grey 8 bit, crop's size: opacity of the result; 0 keeps the picture's bytes
};

/// The sizes that a model is worked at in one mode, px.
struct WorkingSizes {
    int multiple = 64; ///< of both sides
    int native = 512;
    int largest = 0; ///< 0: 1.5 times the native one
};
WorkingSizes workingSizes(const ModelInfo& model, Mode mode);

/// BadInput when the mask is empty or of another size than the picture.
Expected<EditPlan> planEdit(Size picture, const Image& mask, const EditOptions& options, double strength,
                            const WorkingSizes& sizes);
Expected<EditPlan> planEdit(Size picture, const Image& mask, const EditOptions& options, Mode mode, double strength,
                            const ModelInfo& model);

} // namespace pentimento
