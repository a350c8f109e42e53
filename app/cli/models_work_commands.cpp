// SPDX-License-Identifier: Apache-2.0
// Commands on models that take a while or change something: verify, import, remove.
#include "app/cli/commands.h"
#include "app/cli/interrupt.h"
#include "app/cli/model_text.h"
#include "app/cli/work_bar.h"
#include "inference/api/engine_loader.h"
#include "inference/api/model_store.h"
#include "inference/core/log.h"
#include "inference/core/platform.h"

#include <cmath>
#include <cstdio>
#include <iostream>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t shownUnused = 5;

/// JSON knows no NaN.
Json finiteOrNull(double value)
{
    return std::isfinite(value) ? Json(value) : Json();
}

Json checkJson(const ModelCheck& check)
{
    Json files = Json::array(), faults = Json::array();
    for (const FileCheck& file : check.files) {
        Json entry = {{"file", file.file.string()}, {"bytes", file.bytes}, {"sha256", file.sha256}};
        if (!file.expected.empty())
            entry.update({{"expected", file.expected}, {"expected_by", file.expectedBy}, {"fits", file.fits()}});
        files.push_back(entry);
    }
    for (const TensorFault& fault : check.faults)
        faults.push_back({{"where", fault.where}, {"what", fault.what}});
    const std::vector<std::string> problems = check.problems();
    Json json = {{"model", localModelJson(check.info)},
                 {"files", files},
                 {"faults", faults},
                 {"unused", check.unused},
                 {"problems", problems},
                 {"sound", problems.empty()}};
    if (check.trial)
        json["trial"] = {{"picture_size", check.trial->pictureSize},
                         {"unet_seconds", check.trial->unetSeconds},
                         {"unet_rms", finiteOrNull(check.trial->unetRms)},
                         {"vae_psnr", finiteOrNull(check.trial->vaePsnr)}};
    return json;
}

void printCheck(const ModelCheck& check)
{
    printModel(check.info);
    for (const FileCheck& file : check.files)
        std::printf("file         %s, %.1f MB\n             sha256 %s%s\n", file.file.string().c_str(),
                    static_cast<double>(file.bytes) / 1e6, file.sha256.c_str(),
                    file.expected.empty() ? ""
                    : file.fits()         ? (", as " + file.expectedBy + " says").c_str()
                                          : (", NOT as " + file.expectedBy + " says").c_str());
    if (!check.unused.empty()) {
        std::printf("unused       %zu tensors that no network asks for\n", check.unused.size());
        for (std::size_t i = 0; i < std::min(check.unused.size(), shownUnused); ++i)
            std::printf("             %s\n", check.unused[i].c_str());
        if (check.unused.size() > shownUnused)
            std::printf("             and %zu more (--json lists all)\n", check.unused.size() - shownUnused);
    }
    if (check.trial)
        std::printf("UNet         %.2f s for %s px, root mean square of its output %.3f\nVAE          %.1f dB after encoding and "
                    "decoding\n",
                    check.trial->unetSeconds, check.trial->pictureSize.c_str(), check.trial->unetRms, check.trial->vaePsnr);
    for (const std::string& problem : check.problems())
        std::printf("problem      %s\n", problem.c_str());
    std::printf("%s\n", check.problems().empty() ? "the model is sound" : "the model is not sound");
}

bool confirmed(const fs::path& model)
{
    if (!platform::isTerminal(stdin) || !platform::isTerminal(stderr))
        throw Exception(ErrorCode::Usage, "nobody can be asked whether to delete it", model.string(), "give --yes");
    std::fprintf(stderr, "Delete %s? [y/N] ", model.string().c_str());
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

} // namespace

int runModelsVerify(const std::string& model, bool json, bool quiet)
{
    const CancelToken cancel;
    const InterruptWatch watch(cancel);
    const fs::path path = unwrap(resolveModel(model));
    Host host;
    host.log = logMessage;
    const std::unique_ptr<Engine> engine = unwrap(loadEngine(host));
    std::variant<ModelCheck, Error, Cancelled> outcome;
    {
        WorkBar bar(quiet);
        outcome = engine->verify(path, bar.report(), cancel);
    }
    if (std::holds_alternative<Cancelled>(outcome))
        return 130;
    if (const Error* error = std::get_if<Error>(&outcome))
        throw Exception(*error);
    const ModelCheck& check = std::get<ModelCheck>(outcome);
    if (json)
        std::printf("%s\n", checkJson(check).dump(2).c_str());
    else
        printCheck(check);
    const std::vector<std::string> problems = check.problems();
    if (problems.empty())
        return 0;
    const std::string more = problems.size() > 1 ? ", and " + std::to_string(problems.size() - 1) + " more problems" : "";
    throw Exception(ErrorCode::BadInput, problems.front() + more, path.string(), "get a fresh copy of the model");
}

int runModelsImport(const std::string& file, const std::string& name, bool json, bool quiet)
{
    const CancelToken cancel;
    const InterruptWatch watch(cancel);
    const fs::path path = fs::exists(file) ? fs::path(file) : unwrap(resolveModel(file));
    std::variant<fs::path, Error, Cancelled> outcome;
    {
        WorkBar bar(quiet);
        outcome = importModel(path, name, bar.report(), cancel);
    }
    if (std::holds_alternative<Cancelled>(outcome))
        return 130;
    if (const Error* error = std::get_if<Error>(&outcome))
        throw Exception(*error);
    const fs::path& folder = std::get<fs::path>(outcome);
    if (json)
        std::printf("%s\n", localModelJson(unwrap(inspectModel(folder))).dump(2).c_str());
    else
        std::printf("%s\n", folder.string().c_str());
    return 0;
}

int runModelsRemove(const std::string& name, bool yes, bool json)
{
    const fs::path model = unwrap(removableModel(name));
    if (!yes && !confirmed(model))
        return 130;
    if (std::optional<Error> error = removeModel(model))
        throw Exception(std::move(*error));
    if (json)
        std::printf("%s\n", Json{{"removed", model.string()}}.dump(2).c_str());
    else
        std::printf("removed %s\n", model.string().c_str());
    return 0;
}

} // namespace pentimento
