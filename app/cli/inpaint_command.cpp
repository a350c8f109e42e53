// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/console_sink.h"
#include "app/cli/interrupt.h"
#include "inference/api/engine_loader.h"
#include "inference/api/model_info.h"
#include "inference/api/picture_file.h"
#include "inference/core/files.h"
#include "inference/core/log.h"
#include "inference/io/lora_search.h"
#include "inference/jobs/event_json.h"
#include "inference/text/lora_tags.h"

#include <cstring>
#include <random>
#include <set>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr const char* jobId = "1";

std::uint64_t randomSeed()
{
    return std::random_device()(); // 32 bits: short enough to type again
}

/// picture.png -> picture-1.png, picture-2.png, ... for more than one.
std::vector<fs::path> outputFiles(const fs::path& output, int batch)
{
    if (batch == 1)
        return {output};
    std::vector<fs::path> files;
    for (int i = 1; i <= batch; ++i) {
        fs::path file = output;
        file.replace_filename(output.stem().string() + "-" + std::to_string(i) + output.extension().string());
        files.push_back(file);
    }
    return files;
}

FileFormat requireFormat(const fs::path& file, const char* option)
{
    const std::optional<FileFormat> format = formatFromName(file);
    if (!format)
        throw Exception(ErrorCode::Usage, "\"" + file.filename().string() + "\" names no format that can be written", option,
                        "end it in .png, .jpg or .webp");
    return *format;
}

/// Everything that can be found wrong about the outputs before any work is done.
void checkOutputs(const std::vector<fs::path>& outputs, const ImageCommand& command)
{
    std::vector<fs::path> files = outputs;
    if (!command.pasteMask.empty())
        files.push_back(command.pasteMask);
    if (!command.request.dump.empty())
        files.push_back(command.request.dump);
    std::set<fs::path> seen;
    for (const fs::path& file : files) {
        std::error_code ec;
        if (!seen.insert(fs::weakly_canonical(fs::absolute(file, ec), ec)).second)
            throw Exception(ErrorCode::Usage, "two outputs have the same name", file.string(), "name them differently");
        if (!command.overwrite && fs::exists(file, ec) && !fs::is_directory(file, ec))
            throw Exception(ErrorCode::Output, "the file exists already", file.string(), "name another file or add --overwrite");
        checkWritable(file);
    }
    if (!command.previewDir.empty())
        checkWritable(fs::path(command.previewDir) / "preview.png");
}

/// The mask that was really pasted, at the picture's size.
Image fullPasteMask(const Request& request, const Result& result)
{
    ImageBuffer full(request.image.width, request.image.height, 1);
    const Patch& patch = result.variants.front().patch;
    for (int y = 0; y < patch.alpha.height; ++y)
        std::memcpy(full.row8(patch.rect.y + y) + patch.rect.x, patch.alpha.row8(y), static_cast<std::size_t>(patch.rect.width));
    return std::move(full).share();
}

Picture editedPicture(const Picture& original, const Variant& variant, bool whole)
{
    Picture edited = original;
    if (whole) {
        edited.image = variant.patch.pixels;
        return edited;
    }
    ImageBuffer pixels = copyImage(original.image);
    pastePatch(pixels.data.get(), pixels.stride, pixels.size(), variant.patch);
    edited.image = std::move(pixels).share();
    return edited;
}

void write(const fs::path& file, const Picture& picture, const ImageCommand& command)
{
    WriteOptions options;
    options.format = requireFormat(file, "output");
    options.quality = command.quality;
    options.overwrite = command.overwrite;
    if (std::optional<Error> error = writePicture(file, picture, options))
        throw Exception(std::move(*error));
}

void noteLossyOutput(FileFormat format, const Picture& picture, const ImageCommand& command)
{
    if (command.quiet || format == FileFormat::Png || command.request.task != Task::Inpaint)
        return;
    std::string text = "a JPEG or WebP file changes every pixel a little; write PNG to keep what you did not paint";
    if (picture.image.bits == 16)
        text += ", and its 16 bits";
    printNote(text);
}

Request buildRequest(ImageCommand& command, const Picture& picture)
{
    Request request = std::move(command.request);
    request.image = picture.image;
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
    request.edit.crop = parseCrop(command.crop, "--crop");
    request.edit.padding = parsePixels(command.padding, "--padding");
    request.edit.grow = parsePixels(command.grow, "--grow");
    request.edit.feather = parsePixels(command.feather, "--feather");
    if (!command.size.empty())
        request.edit.size = parseSize(command.size, "--size");
    if (command.width || command.height) {
        if (!command.size.empty())
            throw Exception(ErrorCode::Usage, "the size is given twice", "--size", "give --width and --height or --size");
        const int one = command.width ? *command.width : *command.height;
        request.edit.size = Size{command.width.value_or(one), command.height.value_or(one)};
    }
    if (request.task == Task::Inpaint && !request.reference && request.mask.size() != request.image.size())
        throw Exception(ErrorCode::BadInput,
                        "the mask is " + std::to_string(request.mask.width) + " x " + std::to_string(request.mask.height) +
                            ", the picture " + std::to_string(request.image.width) + " x " + std::to_string(request.image.height),
                        command.mask, "make both the same size");
    return request;
}

} // namespace

int runImageCommand(ImageCommand command)
{
    const CancelToken cancel;
    const InterruptWatch watch(cancel);
    const std::vector<fs::path> outputs = outputFiles(command.output, command.request.batch);
    const FileFormat format = requireFormat(command.output, "--output");
    if (!command.pasteMask.empty())
        requireFormat(command.pasteMask, "--paste-mask");
    checkOutputs(outputs, command);
    const bool whole = command.request.reference || command.request.task == Task::Generate;
    const Picture picture = command.request.task == Task::Generate ? Picture() : unwrap(readPicture(fs::path(command.image)));
    const Request request = buildRequest(command, picture);

    ConsoleSink sink(command.progress, command.previewDir, command.quiet);
    Host host;
    host.log = logMessage;
    const std::unique_ptr<Engine> engine = unwrap(loadEngine(host));
    const Outcome outcome = engine->run(request, sink, cancel);
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
    noteLossyOutput(format, picture, command);
    std::vector<std::string> written;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        write(outputs[i], editedPicture(picture, result.variants[i], whole), command);
        written.push_back(outputs[i].string());
        if (!sink.json())
            std::printf("%s seed=%llu\n", outputs[i].string().c_str(), static_cast<unsigned long long>(result.variants[i].seed));
    }
    if (!command.pasteMask.empty()) {
        Picture mask;
        mask.image = fullPasteMask(request, result);
        write(command.pasteMask, mask, command);
    }
    if (sink.json())
        sink.printJson(resultEvent(jobId, result, written).dump());
    return 0;
}

} // namespace pentimento
