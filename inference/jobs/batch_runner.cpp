// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/batch_runner.h"

#include "inference/core/base64.h"
#include "inference/jobs/event_json.h"
#include "inference/jobs/event_writer.h"
#include "inference/jobs/job_result.h"

#include <algorithm>
#include <new>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

/// Whether a job says `key`, or what excludes it: then the common value is not for it.
bool has(const Json& object, const std::string& key)
{
    const auto excluded = [&](const auto& pair) {
        return (pair.first == key && object.contains(std::string(pair.second))) ||
               (pair.second == key && object.contains(std::string(pair.first)));
    };
    const auto exclusive = exclusiveJobKeys();
    return object.contains(key) || std::any_of(exclusive.begin(), exclusive.end(), excluded);
}

std::string idOf(const FedJob& fed)
{
    return std::to_string(fed.index + 1);
}

std::string endingOf(FileFormat format)
{
    return format == FileFormat::Jpeg ? ".jpg" : format == FileFormat::WebP ? ".webp" : ".png";
}

std::vector<std::string> names(const std::vector<fs::path>& files)
{
    std::vector<std::string> list;
    for (const fs::path& file : files)
        list.push_back(file.string());
    return list;
}

bool allExist(const std::vector<fs::path>& files)
{
    return std::all_of(files.begin(), files.end(), [](const fs::path& file) {
        std::error_code ec;
        return fs::is_regular_file(file, ec);
    });
}

} // namespace

std::size_t Shard::share(std::size_t jobs) const
{
    const std::size_t first = index % count;
    return jobs > first ? (jobs - first - 1) / count + 1 : 0;
}

BatchTotals BatchRunner::run(const JobFeed& feed, const CancelToken& cancel)
{
    BatchTotals totals;
    JobRules rules;
    rules.folder = feed.folder;
    while (!cancel.cancelled()) {
        std::optional<FedJob> fed = feed.next();
        if (!fed)
            return totals;
        if (!m_options.shard.contains(fed->index))
            continue;
        m_host.event(queuedEvent(idOf(*fed), 0));
        try {
            switch (runOne(*fed, rules, cancel)) {
            case Fate::Done: ++totals.done; break;
            case Fate::Skipped: ++totals.skipped; break;
            case Fate::Cancelled: m_host.event(cancelledEvent(idOf(*fed))); break;
            }
        } catch (const Exception& e) {
            if (m_engineMissing)
                throw;
            ++totals.failed;
            totals.firstError = totals.firstError.value_or(e.error());
            m_host.event(errorEvent(idOf(*fed), e.error()));
        }
    }
    totals.cancelled = true;
    return totals;
}

BatchRunner::Fate BatchRunner::runOne(FedJob& fed, const JobRules& rules, const CancelToken& cancel)
try {
    if (fed.problem)
        throw Exception(*fed.problem);
    if (fed.object.is_object())
        addCommon(fed.object);
    JobDraft draft = readJob(fed.object, fed.place, rules);
    fed.object = nullptr;
    chooseOutput(draft, fed);
    Job& files = draft.job;
    if (!m_options.base64) {
        const std::vector<fs::path> outputs = outputFiles(files);
        if (!files.files.overwrite && allExist(outputs)) {
            m_host.event(skippedEvent(idOf(fed), names(outputs)));
            return Fate::Skipped;
        }
        files.files.overwrite = true; // what an interrupted batch left of a job is done again
    }
    checkOutputs(draft.job, {draft.at("output_path"), ErrorCode::BadInput}, {draft.at("paste_mask"), ErrorCode::BadInput});
    return execute(idOf(fed), openJob(std::move(draft), rules), cancel);
} catch (const std::bad_alloc&) {
    throw Exception(ErrorCode::OutOfMemory, "there is not enough memory for this job", fed.place, "use smaller pictures");
}

void BatchRunner::addCommon(Json& object) const
{
    Json missing = Json::object();
    for (const auto& [key, value] : m_options.common.items()) {
        if (!has(object, key))
            missing[key] = value;
    }
    object.update(missing);
}

void BatchRunner::chooseOutput(JobDraft& draft, const FedJob& fed)
{
    JobFiles& files = draft.job.files;
    if (m_options.base64) {
        files.output.clear();
        return;
    }
    if (files.output.empty() && !m_options.outputDir.empty()) {
        const fs::path& image = draft.image.file;
        const std::string stem = image.empty() ? "job-" + idOf(fed) : image.stem().string();
        files.output = m_options.outputDir / (stem + endingOf(draft.job.format));
    }
    if (files.output.empty())
        throw Exception(ErrorCode::BadInput, "the job names no output", draft.at("output_path"),
                        "name one, or give --output-dir or --result base64");
    files.overwrite = files.overwrite || m_options.overwrite;
    std::error_code ec;
    if (!m_outputs.insert(fs::weakly_canonical(fs::absolute(files.output), ec)).second)
        throw Exception(ErrorCode::BadInput, "an earlier job of this batch writes the same file", files.output.string(),
                        "name the outputs differently");
}

BatchRunner::Fate BatchRunner::execute(const std::string& id, const Job& job, const CancelToken& cancel)
{
    EventWriter sink(id, job, m_host.event, m_host.notice);
    const Outcome outcome = engine().run(job.request, sink, cancel);
    if (std::holds_alternative<Cancelled>(outcome))
        return Fate::Cancelled;
    if (const Error* error = std::get_if<Error>(&outcome))
        throw Exception(*error);
    const Result& result = std::get<Result>(outcome);
    std::vector<std::string> images;
    if (m_options.base64) {
        for (const std::vector<std::uint8_t>& image : encodeResult(job, result))
            images.push_back(toBase64(image));
    } else {
        images = names(writeResult(job, result));
    }
    m_host.event(resultEvent(id, result, images));
    return Fate::Done;
}

Engine& BatchRunner::engine()
{
    if (!m_engine) {
        m_engineMissing = true;
        m_engine = unwrap(m_host.makeEngine());
        m_engineMissing = false;
    }
    return *m_engine;
}

} // namespace pentimento
