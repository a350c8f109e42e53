// SPDX-License-Identifier: Apache-2.0
#include "app/cli/run_options.h"

#include "inference/jobs/job_draft.h"

#include <algorithm>

namespace pentimento {
namespace {

/// As the image commands call it, where --control takes files.
const std::string controlKey = "control_path";

/// Every key of a job that is no file and no picture is an option, so that a batch needs no job file.
bool isOption(const JobKey& key)
{
    if (key.name == controlKey)
        return true;
    return !key.filesOnly && key.kind != KeyKind::Picture && key.name != "operation" && key.name != "control" &&
           key.name != "memory";
}

std::string optionOf(std::string key)
{
    if (key == controlKey)
        return "--control";
    std::replace(key.begin(), key.end(), '_', '-');
    return "--" + key;
}

/// A job's paths are relative to its file, an option's are not.
std::string absoluteControl(std::string text)
{
    const std::string source = controlSourceName(takeControlSource(text));
    if (text.empty())
        return source;
    return (source.empty() ? "" : source + ":") + std::filesystem::absolute(text).string();
}

Json numberOf(const std::string& text, const std::string& option)
{
    const Json number = Json::parse(text, nullptr, false);
    if (!number.is_number())
        throw Exception(ErrorCode::Usage, "\"" + text + "\" is no number", option, "give a number");
    return number;
}

Json valueOf(const JobKey& key, const std::vector<std::string>& texts)
{
    const std::string name(key.name);
    Json list = Json::array();
    for (const std::string& text : texts) {
        if (key.kind == KeyKind::Whole || key.kind == KeyKind::Number || key.kind == KeyKind::Numbers)
            list.push_back(numberOf(text, optionOf(name)));
        else
            list.push_back(name == controlKey ? absoluteControl(text) : text);
    }
    return key.kind == KeyKind::Texts || key.kind == KeyKind::Numbers ? list : list.back();
}

/// A mistake in what all jobs have in common is one of the command, found before any job runs.
void checkCommon(const Json& common)
{
    try {
        readJob(common, {}, {});
    } catch (const Exception& e) {
        Error error = e.error();
        error.where = optionOf(error.where);
        if (error.code == ErrorCode::BadInput)
            error.code = ErrorCode::Usage;
        throw Exception(std::move(error));
    }
}

} // namespace

void RunOptions::add(CLI::App& app)
{
    app.add_option("JOBS", command.jobs, "File with a job or a list of jobs; - for one job a line on the standard input");
    app.add_option("--images", command.images, "Edit every picture of this folder");
    app.add_option("--masks", command.masks, "Folder with a mask of the same name for each");
    app.add_option("--output-dir", command.outputDir, "Folder for the results of jobs that name no file");
    app.add_option("--shard", command.shard, "I/N: the I-th of N shares of the batch, for many machines");
    app.add_option("--result", command.result, "files, or base64 in the events");
    app.add_flag("--overwrite", command.overwrite, "Do jobs again whose results are there");
    app.add_option("--progress", m_progress, "auto, bar or none; events always go to the standard output");
    for (const JobKey& key : jobKeys()) {
        if (!isOption(key))
            continue;
        const std::string name(key.name);
        if (key.kind == KeyKind::Flag)
            app.add_flag(optionOf(name), m_flags[name], std::string(key.help))->group("For jobs that do not say it");
        else
            app.add_option(optionOf(name), m_values[name], std::string(key.help))
                ->allow_extra_args(false)
                ->group("For jobs that do not say it");
    }
    common.add(app);
}

int RunOptions::run()
{
    for (const JobKey& key : jobKeys()) {
        const std::string name(key.name);
        if (const auto it = m_values.find(name); it != m_values.end() && !it->second.empty())
            command.common[name] = valueOf(key, it->second);
        if (const auto it = m_flags.find(name); it != m_flags.end() && it->second)
            command.common[name] = true;
    }
    checkCommon(command.common);
    command.quiet = common.log.quiet;
    command.progress = parseProgress(m_progress);
    setUpLog(common.log);
    return runJobs(command);
}

} // namespace pentimento
