// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/control_values.h"

#include "inference/core/control_check.h"

#include <array>
#include <utility>

namespace pentimento {
namespace {

constexpr std::array<std::pair<const char*, ControlSource>, 4> sources{{{"canny", ControlSource::Canny},
                                                                        {"lineart", ControlSource::Lineart},
                                                                        {"scribble", ControlSource::Scribble},
                                                                        {"inpaint", ControlSource::Inpaint}}};

void checkCount(std::size_t count, std::size_t controls, const char* key, const PlaceOfKey& placeOf)
{
    if (count == controls)
        return;
    const ValuePlace place = placeOf(key);
    throw Exception(place.code, std::to_string(count) + " of these for " + std::to_string(controls) + " controls", place.name,
                    "give one for each control, in the same order");
}

} // namespace

ControlSource takeControlSource(std::string& text)
{
    for (const auto& [name, source] : sources) {
        const std::string word = name;
        if (text != word && !text.starts_with(word + ":"))
            continue;
        text.erase(0, word.size() + 1);
        return source;
    }
    return ControlSource::Picture;
}

std::string controlSourceName(ControlSource source)
{
    for (const auto& [name, known] : sources) {
        if (known == source)
            return name;
    }
    return {};
}

void checkControlCounts(std::size_t controls, std::size_t models, const ControlNumbers& numbers, const PlaceOfKey& placeOf)
{
    checkCount(models, controls, "control_model", placeOf);
    const auto checkNumbers = [&](const std::vector<double>& values, const char* key) {
        if (!values.empty())
            checkCount(values.size(), controls, key, placeOf);
    };
    checkNumbers(numbers.scales, "control_scale");
    checkNumbers(numbers.starts, "control_start");
    checkNumbers(numbers.ends, "control_end");
}

void applyControlNumbers(std::vector<ControlChoice>& controls, const ControlNumbers& numbers, const PlaceOfKey& placeOf)
{
    for (std::size_t i = 0; i < controls.size(); ++i) {
        ControlChoice& control = controls[i];
        control.scale = numbers.scales.empty() ? control.scale : numbers.scales[i];
        control.start = numbers.starts.empty() ? control.start : numbers.starts[i];
        control.end = numbers.ends.empty() ? control.end : numbers.ends[i];
        try {
            checkControlValues(control);
        } catch (const Exception& e) {
            const ValuePlace place = placeOf(e.error().where);
            throw Exception(place.code, e.error().what, place.name, e.error().remedy);
        }
    }
}

} // namespace pentimento
