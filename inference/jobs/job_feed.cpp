// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/job_feed.h"

#include "inference/core/files.h"
#include "inference/core/text.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largestFile = std::size_t{2} << 30;

std::string placeOf(std::size_t index)
{
    return "jobs[" + std::to_string(index) + "]";
}

JobFeed feedFromList(std::vector<FedJob> list, fs::path folder)
{
    JobFeed feed;
    feed.total = list.size();
    feed.folder = std::move(folder);
    feed.next = [jobs = std::make_shared<std::vector<FedJob>>(std::move(list)), at = std::size_t{0}]() mutable {
        // A job may hold pictures: none is kept longer than it is needed.
        return at < jobs->size() ? std::optional(std::move((*jobs)[at++])) : std::nullopt;
    };
    return feed;
}

JobFeed feedFromJson(Json json, const fs::path& file)
{
    const bool wrapped = json.is_object() && json.size() == 1 && json.contains("jobs");
    Json jobs = wrapped ? std::move(json["jobs"]) : std::move(json);
    if (wrapped && !jobs.is_array())
        throw Exception(ErrorCode::BadInput, "this should be a list of jobs", file.string() + ", jobs", "write [{...}, {...}]");
    std::vector<FedJob> list;
    if (!jobs.is_array()) {
        list.push_back({0, {}, std::move(jobs), {}});
    } else {
        for (Json& job : jobs)
            list.push_back({list.size(), placeOf(list.size()), std::move(job), {}});
    }
    const bool single = list.size() == 1 && list.front().place.empty();
    JobFeed feed = feedFromList(std::move(list), file.parent_path());
    feed.single = single;
    return feed;
}

bool looksLikePicture(const fs::directory_entry& entry)
{
    constexpr std::array<std::string_view, 9> endings{".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".tga", ".ppm", ".pgm"};
    std::error_code ec;
    return entry.is_regular_file(ec) &&
           std::find(endings.begin(), endings.end(), asciiLower(entry.path().extension().string())) != endings.end();
}

/// The pictures of a folder, sorted, so that every machine sees the same order.
std::vector<fs::path> picturesIn(const fs::path& folder)
{
    std::error_code ec;
    if (!fs::is_directory(folder, ec))
        throw Exception(ErrorCode::BadInput, "this is no folder", folder.string(), "name a folder of pictures");
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        if (looksLikePicture(entry))
            files.push_back(entry.path());
    }
    if (files.empty())
        throw Exception(ErrorCode::BadInput, "the folder holds no pictures", folder.string(),
                        "put PNG, JPEG or WebP files there");
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace

JobFeed feedFromFile(const fs::path& file)
{
    const std::string ending = asciiLower(file.extension().string());
    if (ending == ".ndjson" || ending == ".jsonl") {
        auto lines = std::make_shared<std::ifstream>(file, std::ios::binary);
        if (!*lines)
            throw Exception(ErrorCode::BadInput, "the file cannot be read", file.string(), "check its name and permissions");
        JobFeed feed = feedFromLines(*lines, file.parent_path());
        feed.next = [lines, next = std::move(feed.next)] { return next(); };
        return feed;
    }
    return feedFromJson(parseJson(readTextFile(file, largestFile), file.string()), file);
}

JobFeed feedFromLines(std::istream& lines, fs::path folder)
{
    JobFeed feed;
    feed.folder = std::move(folder);
    feed.next = [&lines, index = std::size_t{0}]() mutable -> std::optional<FedJob> {
        std::string line;
        while (std::getline(lines, line)) {
            if (line.find_first_not_of(" \t\r") == std::string::npos)
                continue;
            FedJob job{index, placeOf(index), {}, {}};
            ++index;
            try {
                job.object = parseJson(line, job.place);
            } catch (const Exception& e) {
                job.problem = e.error();
            }
            return job;
        }
        return std::nullopt;
    };
    return feed;
}

JobFeed feedFromFolders(const fs::path& images, const fs::path& masks)
{
    std::map<std::string, fs::path> maskOf;
    if (!masks.empty()) {
        for (const fs::path& mask : picturesIn(masks))
            maskOf.emplace(mask.stem().string(), mask);
    }
    std::vector<FedJob> list;
    std::set<std::string> stems; // a.jpg and a.png would become the same file
    for (const fs::path& image : picturesIn(images)) {
        FedJob job{list.size(), placeOf(list.size()), {{"init_image_path", fs::absolute(image).string()}}, {}};
        const auto mask = maskOf.find(image.stem().string());
        if (mask != maskOf.end())
            job.object["mask_image_path"] = fs::absolute(mask->second).string();
        else if (!masks.empty())
            job.problem = Error{ErrorCode::BadInput,
                                "this picture has no mask",
                                image.string(),
                                "put " + image.stem().string() + ".png into " + masks.string(),
                                {}};
        if (!stems.insert(image.stem().string()).second)
            job.problem = Error{ErrorCode::BadInput,
                                "another picture has the same name but for its ending",
                                image.string(),
                                "rename one of them",
                                {}};
        list.push_back(std::move(job));
    }
    return feedFromList(std::move(list), {});
}

} // namespace pentimento
