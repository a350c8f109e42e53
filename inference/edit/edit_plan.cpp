// SPDX-License-Identifier: Apache-2.0
// From a painted mask to what will be done: two masks, a crop with context, a working size.
#include "inference/api/edit_plan.h"

#include "inference/edit/edit_region.h"
#include "inference/edit/mask_edit.h"

#include <algorithm>

namespace pentimento {
namespace {

[[noreturn]] void refuse(ErrorCode code, const std::string& what, const std::string& where, const std::string& remedy)
{
    throw Exception(code, what, where, remedy);
}

void checkInputs(Size picture, const Image& mask, const EditOptions& options)
{
    if (mask.empty() || mask.channels != 1 || mask.bits != 8)
        refuse(ErrorCode::BadInput, "the mask is no grey picture of 8 bits", "mask", "paint over what should change");
    if (mask.size() != picture)
        refuse(ErrorCode::BadInput,
               "the mask has " + std::to_string(mask.width) + " x " + std::to_string(mask.height) + " pixels, the picture " +
                   std::to_string(picture.width) + " x " + std::to_string(picture.height),
               "mask", "make the mask from this picture");
    const auto inRange = [](const std::optional<int>& value, int high) { return !value || (*value >= 0 && *value <= high); };
    const std::string limit = "choose from 0 to " + std::to_string(largestMargin);
    if (!inRange(options.grow, largestMargin))
        refuse(ErrorCode::Usage, "the mask cannot grow by this", "grow", limit);
    if (!inRange(options.feather, largestMargin))
        refuse(ErrorCode::Usage, "the mask cannot be feathered by this", "feather", limit);
    if (!inRange(options.padding, 1 << 20))
        refuse(ErrorCode::Usage, "the padding is out of range", "padding", "choose 0 or more pixels");
}

struct Masks {
    Image denoise;
    Image paste;
};

Masks makeMasks(const Image& painted, const Margins& margins, bool soft)
{
    const Image grown = tentBlurred(dilated(painted, margins.grow), margins.feather / 2);
    const Image denoise = maskUnion(grown, painted);
    if (soft || margins.blend == 0)
        return {denoise, soft ? denoise : binaryMask(denoise, 0)};
    // Everything pasted was denoised: the blur gives back at most what the erosion took.
    const int radius = margins.blend / 2;
    const Image core = eroded(binaryMask(denoise, 0), radius);
    return {denoise, maskUnion(tentBlurred(core, radius), painted)};
}

/// The part of `mask` that lies under `crop`, where the mask covers only `region` of the picture.
Image placed(const Image& mask, const Rect& region, const Rect& crop)
{
    ImageBuffer result(crop.width, crop.height, 1);
    const Rect both = intersected(region, crop);
    for (int y = both.y; y < both.bottom(); ++y)
        std::copy_n(mask.row8(y - region.y) + both.x - region.x, both.width, result.row8(y - crop.y) + both.x - crop.x);
    return std::move(result).share();
}

Rect grownWithin(const Rect& rect, int margin, Size picture)
{
    return intersected({rect.x - margin, rect.y - margin, rect.width + 2 * margin, rect.height + 2 * margin},
                       {0, 0, picture.width, picture.height});
}

EditPlan plan(Size picture, const Image& mask, const EditOptions& options, double strength, const WorkingSizes& sizes)
{
    checkInputs(picture, mask, options);
    const int threshold = options.softMask ? 0 : maskThreshold;
    EditPlan result;
    result.painted = maskBounds(mask, threshold);
    if (result.painted.empty())
        refuse(ErrorCode::BadInput, "the mask is empty", "mask", "paint over what should change");

    const double thickness = maskThickness(binaryMask(subImage(mask, result.painted), threshold));
    const Margins margins = editMargins(thickness, options, strength);
    result.grow = margins.grow;
    result.feather = margins.feather;
    result.rim = margins.reach();

    const Rect region = grownWithin(result.painted, margins.reach() + 1, picture);
    const Image part = subImage(mask, region);
    const Masks masks = makeMasks(options.softMask ? part : binaryMask(part, threshold), margins, options.softMask);

    const Rect touched = grownWithin(result.painted, margins.reach(), picture);
    const WorkingRule rule{sizes.multiple, sizes.native, sizes.largest, options.size};
    const Region chosen = editRegion(picture, touched, options, strength, rule);
    if (intersected(chosen.crop, result.painted).empty())
        refuse(ErrorCode::Usage, "the crop holds nothing of the mask", "crop", "choose one around the mask");
    result.crop = chosen.crop;
    result.working = chosen.working;
    result.denoise = placed(masks.denoise, region, result.crop);
    result.paste = placed(masks.paste, region, result.crop);
    if (maskBounds(result.paste, 0).empty())
        refuse(ErrorCode::Usage, "the crop holds nothing of the mask", "crop", "choose one around the mask");
    return result;
}

} // namespace

WorkingSizes workingSizes(const ModelInfo& model, Mode mode)
{
    return {model.vaeFactor << model.unetDownsamplings, model.nativeSize, runDefaults(model, mode).maxSize};
}

Expected<EditPlan> planEdit(Size picture, const Image& mask, const EditOptions& options, Mode mode, double strength,
                            const ModelInfo& model)
{
    return planEdit(picture, mask, options, strength, workingSizes(model, mode));
}

Expected<EditPlan> planEdit(Size picture, const Image& mask, const EditOptions& options, double strength,
                            const WorkingSizes& sizes)
{
    try {
        return plan(picture, mask, options, strength, sizes);
    } catch (const Exception& e) {
        return e.error();
    } catch (const std::exception& e) {
        return Error{ErrorCode::OutOfMemory,
                     "there is not enough memory to prepare the edit",
                     {},
                     "close other programs or use a smaller picture",
                     e.what()};
    }
}

} // namespace pentimento
