// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/job_draft.h"

#include "inference/core/request_check.h"
#include "inference/jobs/job_key_table.h"

#include <algorithm>
#include <array>

namespace pentimento {
namespace {

constexpr int defaultSteps = 20;
constexpr double defaultGuidance = 7.5;
constexpr std::uint64_t defaultSeed = 42;

const JobKeyEntry& entryOf(const std::string& name, const std::string& place)
{
    const std::span<const JobKeyEntry> table = jobKeyTable();
    const auto it = std::find_if(table.begin(), table.end(), [&](const JobKeyEntry& e) { return e.key.name == name; });
    if (it == table.end())
        throw Exception(ErrorCode::BadInput, "a job has no such key", place, "correct its spelling or leave it out");
    return *it;
}

void refuseTwice(const Json& object, const JobDraft& draft)
{
    for (const auto& [one, other] : exclusiveJobKeys()) {
        if (object.contains(std::string(one)) && object.contains(std::string(other)))
            throw Exception(ErrorCode::BadInput, "this is given twice", draft.at(other),
                            "leave it or " + std::string(one) + " out");
    }
}

/// Image and mask: inpaint; image: transform; none: generate.
Task taskOf(const JobDraft& draft)
{
    if (draft.mask.given())
        return Task::Inpaint;
    return draft.image.given() ? Task::Transform : Task::Generate;
}

void requirePictures(const JobDraft& draft)
{
    const Task task = draft.job.request.task;
    if (task != Task::Generate && !draft.image.given())
        throw Exception(ErrorCode::BadInput, "the job has no picture", draft.at("init_image"), "give the picture to edit");
    if (task == Task::Inpaint && !draft.mask.given())
        throw Exception(ErrorCode::BadInput, "the job has no mask", draft.at("mask_image"), "give a mask, white is repainted");
    if (task != Task::Inpaint && draft.mask.given())
        throw Exception(ErrorCode::BadInput, "only an inpaint job takes a mask", draft.mask.place,
                        "leave it out or choose ImageInpaint");
    if (task == Task::Generate && draft.image.given())
        throw Exception(ErrorCode::BadInput, "a generate job takes no picture", draft.image.place,
                        "leave it out or choose ImageTransform");
}

void requireWorkingSize(const JobDraft& draft, const JobRules& rules)
{
    const Size size = draft.job.request.edit.size.value_or(Size{});
    const auto width = static_cast<std::uint64_t>(size.width), height = static_cast<std::uint64_t>(size.height);
    if (width * (height > 0 ? height : width) > rules.maxPixels)
        throw Exception(ErrorCode::BadInput, "the working size is larger than allowed", draft.at("size"),
                        "give at most " + std::to_string(rules.maxPixels) + " pixels");
}

/// Ranges, before any file is opened.
void requireValues(const JobDraft& draft)
{
    const PlaceOfKey placeOf = draft.placeOfKey();
    checkControlCounts(draft.controls.size(), draft.controlModels.size(), draft.controlNumbers, placeOf);
    std::vector<ControlChoice> controls(draft.controls.size());
    applyControlNumbers(controls, draft.controlNumbers, placeOf);
    try {
        checkRequestValues(draft.job.request);
    } catch (const Exception& e) {
        throw Exception(draft.placed(e.error()));
    }
}

} // namespace

std::string JobDraft::at(std::string_view key) const
{
    return (place.empty() ? "" : place + ".") + std::string(key);
}

Error JobDraft::placed(Error error) const
{
    error.where = at(error.where);
    if (error.code == ErrorCode::Usage)
        error.code = ErrorCode::BadInput;
    return error;
}

PlaceOfKey JobDraft::placeOfKey() const
{
    return [this](const std::string& key) { return ValuePlace{at(key), ErrorCode::BadInput}; };
}

std::span<const JobKey> jobKeys()
{
    static const std::vector<JobKey> keys = [] {
        std::vector<JobKey> list;
        for (const JobKeyEntry& entry : jobKeyTable())
            list.push_back(entry.key);
        return list;
    }();
    return keys;
}

std::span<const std::pair<std::string_view, std::string_view>> exclusiveJobKeys()
{
    using Pair = std::pair<std::string_view, std::string_view>;
    static constexpr std::array pairs{Pair{"init_image", "init_image_path"},
                                      Pair{"mask_image", "mask_image_path"},
                                      Pair{"control", "control_path"},
                                      Pair{"guidance", "guidance_scale"},
                                      Pair{"size", "width"},
                                      Pair{"size", "height"}};
    return pairs;
}

JobDraft readJob(const Json& object, const std::string& place, const JobRules& rules)
{
    JobDraft draft;
    draft.place = place;
    if (!object.is_object())
        throw Exception(ErrorCode::BadInput, "a job should be a JSON object", place, "write {\"prompt\": ...}");
    Request& request = draft.job.request;
    request.steps = defaultSteps;
    request.guidance = defaultGuidance;
    request.seed = defaultSeed;
    std::optional<Task> task;
    std::optional<Mode> mode;
    std::optional<int> width, height;
    KeyTarget target{draft, rules, task, mode, width, height};
    for (const auto& [name, value] : object.items()) {
        const ValuePlace at{draft.at(name), ErrorCode::BadInput};
        const JobKeyEntry& entry = entryOf(name, at.name);
        if (entry.key.filesOnly && rules.network)
            throw Exception(ErrorCode::BadInput, "files of the server cannot be named", at.name, "send pictures as base64");
        entry.apply(value, at, target);
    }
    refuseTwice(object, draft);
    if (const std::optional<Size> size = sizeOfSides(width, height))
        request.edit.size = size;
    request.task = task.value_or(taskOf(draft));
    request.mode = mode.value_or(defaultMode(request.task, request.prompt));
    requirePictures(draft);
    requireWorkingSize(draft, rules);
    requireValues(draft);
    return draft;
}

} // namespace pentimento
