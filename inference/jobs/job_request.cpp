// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/job_request.h"

#include "inference/api/control_net_info.h"
#include "inference/api/model_info.h"
#include "inference/core/base64.h"
#include "inference/core/control_check.h"
#include "inference/core/text.h"
#include "inference/image/codecs.h"
#include "inference/io/inpaint_check.h"
#include "inference/io/lora_search.h"
#include "inference/text/lora_tags.h"

namespace pentimento {
namespace {

/// What stands after "data:image/png;base64,", or the whole text when it is no data URL.
std::string_view base64Part(std::string_view text, const std::string& place)
{
    if (!asciiLower(std::string(text.substr(0, 5))).starts_with("data:"))
        return text;
    const std::size_t comma = text.find(',');
    const std::string header = asciiLower(std::string(text.substr(0, std::min(comma, text.size()))));
    if (comma == std::string_view::npos || !header.starts_with("data:image/") || !header.ends_with(";base64"))
        throw Exception(ErrorCode::BadInput, "this is no data URL of a picture", place, "begin it with data:image/png;base64,");
    return text.substr(comma + 1);
}

/// Only formats whose decoders can stand hostile bytes.
void requireSafeFormat(const std::vector<std::uint8_t>& bytes, const std::string& place)
{
    const std::optional<FileFormat> format = codec::detectFormat(bytes, {});
    if (!format || *format == FileFormat::Other)
        throw Exception(ErrorCode::BadInput, "this is no PNG, JPEG or WebP picture", place, "send one of these");
}

Picture openPicture(const PictureSource& source, const JobRules& rules)
{
    Expected<Picture> picture = Error{};
    if (source.file.empty()) {
        const auto bytes = fromBase64(base64Part(source.base64, source.place));
        if (!bytes)
            throw Exception(ErrorCode::BadInput, "not base64", source.place, "give the picture as base64 or as a data URL");
        requireSafeFormat(*bytes, source.place);
        picture = readPicture(*bytes, source.place, rules.maxPixels);
    } else {
        picture = readPicture(source.file, rules.maxPixels);
    }
    if (Error* error = std::get_if<Error>(&picture)) {
        if (error->where != source.place)
            error->where = source.place + ", " + error->where;
        throw Exception(std::move(*error));
    }
    return std::get<Picture>(std::move(picture));
}

/// Whatever `work` finds wrong is a mistake in the job, at `place`.
template <typename Work> auto placed(const std::string& place, Work work)
{
    try {
        return work();
    } catch (const Exception& e) {
        Error error = e.error();
        error.where = place + (error.where.empty() ? "" : ", " + error.where);
        if (error.code == ErrorCode::Usage)
            error.code = ErrorCode::BadInput;
        throw Exception(std::move(error));
    }
}

LoraChoice openLora(const std::string& text, const std::string& place, const JobRules& rules)
{
    return placed(place, [&] {
        LoraChoice lora = parseLoraChoice(text, "lora");
        const std::string name = lora.path.string();
        lora.path = rules.network ? findLora(name) : resolveLora(name);
        return lora;
    });
}

void openControls(const JobDraft& draft, const JobRules& rules, Request& request)
{
    for (std::size_t i = 0; i < draft.controls.size(); ++i) {
        ControlChoice control;
        control.source = draft.controls[i].source;
        control.model = placed(draft.at("control_model"), [&] { return unwrap(resolveControlNet(draft.controlModels[i])); });
        if (draft.controls[i].picture.given())
            control.image = openPicture(draft.controls[i].picture, rules).image;
        request.controls.push_back(std::move(control));
    }
    applyControlNumbers(request.controls, draft.controlNumbers, draft.placeOfKey());
    try {
        checkControls(request);
    } catch (const Exception& e) {
        throw Exception(draft.placed(e.error()));
    }
}

/// What a server can tell before it takes a job.
void checkModel(const Request& request, const std::string& where)
{
    const ModelInfo info = placed(where, [&] { return unwrap(inspectModel(request.model)); });
    if (request.requireInpaintModel)
        requireInpaintModel(info, where);
}

} // namespace

Job openJob(JobDraft draft, const JobRules& rules)
{
    Job job = std::move(draft.job);
    Request& request = job.request;
    request.model = placed(draft.at("model"), [&] { return unwrap(resolveModel(draft.model)); });
    checkModel(request, draft.at("model"));
    for (const std::string& lora : draft.loras)
        request.loras.push_back(openLora(lora, draft.at("lora"), rules));
    if (draft.image.given()) {
        job.picture = openPicture(draft.image, rules);
        request.image = job.picture.image;
    }
    if (draft.mask.given()) {
        request.mask = toMask(openPicture(draft.mask, rules).image);
        requireMaskOfPicturesSize(request, draft.mask.place);
    }
    openControls(draft, rules, request);
    return job;
}

Job parseJob(const Json& object, const std::string& place, const JobRules& rules)
{
    return openJob(readJob(object, place, rules), rules);
}

} // namespace pentimento
