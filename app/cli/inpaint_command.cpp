// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/console_sink.h"
#include "app/cli/interrupt.h"
#include "inference/api/engine_loader.h"
#include "inference/api/model_info.h"
#include "inference/api/picture_file.h"
#include "inference/core/log.h"
#include "inference/io/lora_search.h"
#include "inference/jobs/event_json.h"
#include "inference/jobs/job_request.h"
#include "inference/jobs/job_result.h"
#include "inference/text/lora_tags.h"

#include <cstdio>
#include <random>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr const char* jobId = "1";

std::uint64_t randomSeed()
{
    return std::random_device()(); // 32 bits: short enough to type again
}

void noteLossyOutput(const Job& job, bool quiet)
{
    if (quiet || formatFromName(job.files.output) == FileFormat::Png || job.request.task != Task::Inpaint)
        return;
    std::string text = "a JPEG or WebP file changes every pixel a little; write PNG to keep what you did not paint";
    if (job.picture.image.bits == 16)
        text += ", and its 16 bits";
    printNote(text);
}

/// Reads the pictures and finds the models.
Job openJob(const ImageCommand& command)
{
    Job job = command.job;
    Request& request = job.request;
    if (request.task != Task::Generate)
        job.picture = unwrap(readPicture(fs::path(command.image)));
    request.image = job.picture.image;
    if (request.task == Task::Inpaint)
        request.mask = unwrap(readMask(command.mask));
    request.model = unwrap(resolveModel(command.model));
    request.vae = command.vae;
    request.previewDecoder = command.previewDecoder;
    for (const std::string& text : command.loras) {
        const LoraChoice lora = parseLoraChoice(text, "--lora");
        request.loras.push_back({resolveLora(lora.path.string()), lora.weight});
    }
    request.controls = readControls(command.controls);
    request.seed = command.seed ? *command.seed : randomSeed();
    request.edit.crop = parseCrop(command.crop, {"--crop"});
    request.edit.padding = parsePixels(command.padding, {"--padding"});
    request.edit.grow = parsePixels(command.grow, {"--grow"});
    request.edit.feather = parsePixels(command.feather, {"--feather"});
    if (!command.size.empty())
        request.edit.size = parseSize(command.size, {"--size"});
    if (const std::optional<Size> size = sizeOfSides(command.width, command.height)) {
        if (!command.size.empty())
            throw Exception(ErrorCode::Usage, "the size is given twice", "--size", "give --width and --height or --size");
        request.edit.size = size;
    }
    requireMaskOfPicturesSize(request, command.mask);
    return job;
}

} // namespace

int runImageCommand(ImageCommand command)
{
    const CancelToken cancel;
    const InterruptWatch watch(cancel);
    checkOutputs(command.job, {"--output"}, {"--paste-mask"});
    const Job job = openJob(command);

    ConsoleSink sink(command.progress, job.files.previewDir, command.quiet);
    Host host;
    host.log = logMessage;
    const std::unique_ptr<Engine> engine = unwrap(loadEngine(host));
    const Outcome outcome = engine->run(job.request, sink, cancel);
    sink.finish();
    if (std::holds_alternative<Cancelled>(outcome)) {
        if (sink.json())
            sink.printJson(cancelledEvent(jobId).dump());
        return 130;
    }
    if (const Error* error = std::get_if<Error>(&outcome)) {
        if (sink.json())
            sink.printJson(errorEvent(jobId, *error).dump());
        throw Exception(*error);
    }

    const Result& result = std::get<Result>(outcome);
    noteLossyOutput(job, command.quiet);
    std::vector<std::string> written;
    for (const fs::path& file : writeResult(job, result)) {
        if (!sink.json())
            std::printf("%s seed=%llu\n", file.string().c_str(),
                        static_cast<unsigned long long>(result.variants[written.size()].seed));
        written.push_back(file.string());
    }
    if (sink.json())
        sink.printJson(resultEvent(jobId, result, written).dump());
    return 0;
}

} // namespace pentimento
