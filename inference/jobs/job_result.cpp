// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/job_result.h"

#include "inference/core/files.h"

#include <cstring>
#include <set>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

FileFormat requireFormat(const fs::path& file, const ValuePlace& place)
{
    const std::optional<FileFormat> format = formatFromName(file);
    if (!format)
        throw Exception(place.code, "\"" + file.filename().string() + "\" names no format that can be written", place.name,
                        "end it in .png, .jpg or .webp");
    return *format;
}

void write(const fs::path& file, const Picture& picture, const Job& job)
{
    WriteOptions options;
    options.format = requireFormat(file, {"output", ErrorCode::Usage});
    options.quality = job.quality;
    options.overwrite = job.files.overwrite;
    if (std::optional<Error> error = writePicture(file, picture, options))
        throw Exception(std::move(*error));
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

} // namespace

Picture resultPicture(const Job& job, const Result& result, std::size_t index)
{
    Picture edited = job.picture;
    const Patch& patch = result.variants[index].patch;
    if (job.request.reference || job.request.task == Task::Generate) {
        edited.image = patch.pixels;
        return edited;
    }
    ImageBuffer pixels = copyImage(job.picture.image);
    pastePatch(pixels.data.get(), pixels.stride, pixels.size(), patch);
    edited.image = std::move(pixels).share();
    return edited;
}

std::vector<std::vector<std::uint8_t>> encodeResult(const Job& job, const Result& result)
{
    WriteOptions options;
    options.format = job.format;
    options.quality = job.quality;
    std::vector<std::vector<std::uint8_t>> files;
    for (std::size_t i = 0; i < result.variants.size(); ++i)
        files.push_back(unwrap(encodePicture(resultPicture(job, result, i), options)));
    return files;
}

std::vector<fs::path> outputFiles(const Job& job)
{
    const fs::path& output = job.files.output;
    if (job.request.batch == 1)
        return {output};
    std::vector<fs::path> files;
    for (int i = 1; i <= job.request.batch; ++i) {
        fs::path file = output;
        file.replace_filename(output.stem().string() + "-" + std::to_string(i) + output.extension().string());
        files.push_back(file);
    }
    return files;
}

void checkOutputs(const Job& job, const ValuePlace& output, const ValuePlace& pasteMask)
{
    std::vector<fs::path> files;
    if (!job.files.output.empty()) {
        requireFormat(job.files.output, output);
        files = outputFiles(job);
    }
    if (!job.files.pasteMask.empty()) {
        requireFormat(job.files.pasteMask, pasteMask);
        files.push_back(job.files.pasteMask);
    }
    if (!job.request.dump.empty())
        files.push_back(job.request.dump);
    std::set<fs::path> seen;
    for (const fs::path& file : files) {
        std::error_code ec;
        if (!seen.insert(fs::weakly_canonical(fs::absolute(file, ec), ec)).second)
            throw Exception(ErrorCode::Usage, "two outputs have the same name", file.string(), "name them differently");
        if (!job.files.overwrite && fs::exists(file, ec) && !fs::is_directory(file, ec))
            throw Exception(ErrorCode::Output, "the file exists already", file.string(), "name another file or add --overwrite");
        checkWritable(file);
    }
    if (!job.files.previewDir.empty())
        checkWritable(job.files.previewDir / "preview.png");
}

std::vector<fs::path> writeResult(const Job& job, const Result& result)
{
    const std::vector<fs::path> files = outputFiles(job);
    for (std::size_t i = 0; i < files.size(); ++i)
        write(files[i], resultPicture(job, result, i), job);
    if (!job.files.pasteMask.empty()) {
        Picture mask;
        mask.image = fullPasteMask(job.request, result);
        write(job.files.pasteMask, mask, job);
    }
    return files;
}

} // namespace pentimento
