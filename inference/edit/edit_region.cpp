// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/edit_region.h"

#include "inference/api/error.h"

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

constexpr int largestWorkingSide = 8192;

// Automatic margins. Peers take a tenth of the diagonal and at least 32 px as feather; a model that inpaints redraws
// all of that, so here it is half as much, and a spot gets less than an object.
constexpr double featherShare = 0.07;            // of the thickness
constexpr double smallFeather = 16;              // px, for what is large enough
constexpr double spotFeatherShare = 0.3;         // of the thickness, for what is not
constexpr double widestFeather = 48;             // px
constexpr double solidShare = 0.02;              // of the thickness: fully replaced around the painted area
constexpr double leastSolid = 4, mostSolid = 16; // px

int roundedUp(double value, int multiple)
{
    // Half a thousandth of a pixel is no reason for another block.
    return std::max(1, static_cast<int>(std::ceil((value - 5e-4) / multiple))) * multiple;
}

/// Moves and, only where it must, cuts a span of `length` around `center` into 0 .. limit.
void placeSpan(double center, int& start, int& length, int limit)
{
    length = std::min(length, limit);
    start = std::clamp(static_cast<int>(std::lround(center - length / 2.0)), 0, limit - length);
}

Rect placedAround(const Rect& rect, Size size, Size picture)
{
    Rect result{0, 0, size.width, size.height};
    placeSpan(rect.x + rect.width / 2.0, result.x, result.width, picture.width);
    placeSpan(rect.y + rect.height / 2.0, result.y, result.height, picture.height);
    return result;
}

/// The box with room around it. Content made from nothing needs to see more than a change of what is there. The long
/// axis gets less, down to half, which makes the crop squarer.
Rect withContext(Size picture, const Rect& touched, const EditOptions& options, double strength, int native)
{
    if (options.padding) {
        const Size size{touched.width + 2 * *options.padding, touched.height + 2 * *options.padding};
        return placedAround(touched, size, picture);
    }
    const double average = (touched.width + touched.height) / 2.0;
    const double context = average * (strength >= 1.0 ? 0.5 : 0.25);
    const auto side = [&](int own, int other) {
        const double share = own > other ? std::max(0.5, static_cast<double>(other) / own) : 1.0;
        return std::max(native, own + 2 * static_cast<int>(std::lround(context * share)));
    };
    const Size size{side(touched.width, touched.height), side(touched.height, touched.width)};
    return placedAround(touched, size, picture);
}

void checkAskedSize(const Size& asked, int multiple)
{
    const auto usable = [](int side) { return side >= 1 && side <= largestWorkingSide; };
    if (!usable(asked.width) || (asked.height != 0 && !usable(asked.height)))
        throw Exception(ErrorCode::Usage, "the working size is out of range", "size",
                        "choose from " + std::to_string(multiple) + " to " + std::to_string(largestWorkingSide));
    if (asked.height != 0 && (asked.width % multiple != 0 || asked.height % multiple != 0))
        throw Exception(ErrorCode::Usage, "the model cannot work at this size", "size",
                        "choose multiples of " + std::to_string(multiple));
}

Size workingSize(Size crop, const WorkingRule& rule)
{
    const int longer = std::max(crop.width, crop.height);
    if (rule.asked && rule.asked->height != 0)
        return *rule.asked;
    const int largest = std::max(rule.native, rule.maxSize > 0 ? rule.maxSize : rule.native + rule.native / 2);
    const int side = rule.asked ? rule.asked->width : std::clamp(longer, rule.native, largest);
    const double scale = static_cast<double>(side) / longer;
    return {roundedUp(crop.width * scale, rule.multiple), roundedUp(crop.height * scale, rule.multiple)};
}

/// The smallest rectangle around `crop` with the proportions of `working`, as far as the picture has room.
Rect widened(const Rect& crop, Size working, Size picture)
{
    const double scale =
        std::min(static_cast<double>(working.width) / crop.width, static_cast<double>(working.height) / crop.height);
    const Size size{std::max(crop.width, static_cast<int>(std::lround(working.width / scale))),
                    std::max(crop.height, static_cast<int>(std::lround(working.height / scale)))};
    return placedAround(crop, size, picture);
}

} // namespace

Margins editMargins(double thickness, const EditOptions& options, double strength)
{
    const double wanted = std::max(featherShare * thickness, std::min(smallFeather, spotFeatherShare * thickness));
    const double feather = std::min(widestFeather, wanted) * std::clamp(strength, 0.0, 1.0);
    const double solid = std::clamp(solidShare * thickness, leastSolid, mostSolid);
    Margins margins;
    if (options.feather)
        margins.feather = *options.feather;
    else if (!options.softMask)
        margins.feather = static_cast<int>(std::lround(feather));
    if (options.grow)
        margins.grow = *options.grow;
    else if (!options.softMask && margins.feather > 0)
        margins.grow = std::min(largestMargin, static_cast<int>(std::lround(solid)) + margins.feather / 2);
    margins.blend = std::min(margins.feather, margins.reach());
    return margins;
}

Region editRegion(Size picture, const Rect& touched, const EditOptions& options, double strength, const WorkingRule& rule)
{
    if (rule.asked)
        checkAskedSize(*rule.asked, rule.multiple);
    const Rect whole{0, 0, picture.width, picture.height};
    if (options.crop.kind == CropKind::Exact) {
        const Rect& crop = options.crop.rect;
        if (crop.x < 0 || crop.y < 0 || crop.empty() || crop.width > picture.width - crop.x ||
            crop.height > picture.height - crop.y)
            throw Exception(ErrorCode::Usage, "the crop does not lie inside the picture", "crop",
                            "the picture has " + std::to_string(picture.width) + " x " + std::to_string(picture.height) +
                                " pixels");
        return {crop, workingSize(crop.size(), rule)};
    }
    if (options.crop.kind == CropKind::None)
        return {whole, workingSize(whole.size(), rule)};
    const Rect around = withContext(picture, touched, options, strength, rule.native);
    const Size working = workingSize(around.size(), rule);
    return {widened(around, working, picture), working};
}

} // namespace pentimento
