// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_line.h"

#include "app/cli/commands.h"
#include "app/cli/common_options.h"
#include "app/cli/run_options.h"
#include "app/cli/serve_options.h"
#include "inference/api/scheduler_names.h"
#include "inference/core/request_check.h"
#include "inference/jobs/request_values.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <new>

namespace pentimento {
namespace {

const std::vector<std::string> commandNames = {"inpaint", "transform", "generate", "run",   "serve",
                                               "models",  "tokenize",  "diff",     "bench", "version"};

/// What the design names and this version cannot do yet: recognised, hidden from the help, answered with exit 4.
const std::vector<std::string> laterOptions = {"--memory"};
const std::vector<std::string> laterModelCommands = {"get"};

[[noreturn]] void notAvailable(const std::string& what)
{
    throw Exception(ErrorCode::Unsupported, "this is not available in this version", what, "leave it out");
}

/// Refuses what the values say, naming the option.
void checkValues(const Request& request)
{
    try {
        checkRequestValues(request);
    } catch (const Exception& e) {
        Error error = e.error();
        std::replace(error.where.begin(), error.where.end(), '_', '-');
        error.where = "--" + error.where;
        throw Exception(std::move(error));
    }
}

/// Options of the three image commands.
struct ImageOptions {
    ImageCommand command;
    std::string progress = "auto", colorMatch = "on";
    std::string seed;
    CommonOptions common;
    std::string later; ///< first option seen that this version cannot do

    void add(CLI::App& app, Task task)
    {
        Request& request = command.job.request;
        request.task = task;
        if (task != Task::Generate)
            app.add_option("--image", command.image, "Picture to edit")->required();
        if (task == Task::Inpaint)
            addMasking(app);
        if (task == Task::Generate) {
            app.add_option("--width", command.width, "Width of the picture; default: the model's own");
            app.add_option("--height", command.height, "Height of the picture");
        } else {
            app.add_option("--strength", request.strength, "How much of the picture to replace, 0 to 1");
        }
        app.add_option("--output", command.job.files.output, "File to write: .png, .jpg or .webp")->required();
        app.add_option("--prompt", request.prompt, "What should be there");
        app.add_option("--negative-prompt", request.negativePrompt, "What should not be there");
        app.add_option("--model", command.model, "Name, folder or file of the model");
        app.add_option("--vae", command.vae, "VAE to use in place of the model's own, file or folder");
        app.add_flag("--require-inpaint-model", request.requireInpaintModel, "Refuse a model that is not made for inpainting");
        app.add_option("--lora", command.loras, "LoRA to apply, FILE or FILE:WEIGHT; repeatable")->allow_extra_args(false);
        addControls(app, task);
        app.add_option("--steps", request.steps, "Denoising steps");
        app.add_option("--guidance", request.guidance, "How closely to follow the prompt");
        app.add_option("--seed", seed, "Random if absent, always printed");
        app.add_option("--scheduler", request.scheduler, "How noise is removed: " + schedulerNameList());
        app.add_option("--eta", request.eta, "Noise of each DDIM step, 0 to 1");
        app.add_option("--batch", request.batch, "Number of pictures; outputs get -1, -2, ...");
        app.add_option("--size", command.size, "Working size: N (longer side) or WxH");
        app.add_option("--clip-skip", request.clipSkip, "Leave out this many last layers of the text encoder");
        app.add_option("--preview-dir", command.job.files.previewDir, "Write a picture of every step into this folder");
        app.add_option("--preview-decoder", command.previewDecoder, "TAESD that decodes previews, file or folder");
        app.add_option("--preview-every", request.previewEvery, "Decode every N-th preview fully");
        app.add_option("--progress", progress, "auto, bar, json or none");
        app.add_option("--quality", command.job.quality, "JPEG and WebP quality, 1 to 100");
        app.add_flag("--overwrite", command.job.files.overwrite, "Replace existing files");
        app.add_option("--dump", request.dump, "Write intermediate values (safetensors)");
        app.add_flag("--reference", request.reference, "Exactly what diffusers computes on the whole picture");
        app.add_option("--threads", request.threads, "0: all cores");
        app.add_option("--device", request.device, "auto or cpu");
        app.add_option("--dtype", request.dtype, "auto or float32");
        common.add(app);
        for (const std::string& name : laterOptions)
            app.add_option_function<std::vector<std::string>>(name, [this, name](const auto&) { later = name; })->group("");
    }

    void addControls(CLI::App& app, Task task)
    {
        ControlOptions& controls = command.controls;
        const std::string picture = task == Task::Generate
                                        ? "PICTURE, or canny, lineart or scribble of one, as in canny:PICTURE"
                                        : "PICTURE, or canny, lineart or scribble of the picture or of another, "
                                          "as in canny:PICTURE";
        const std::string marked = task == Task::Inpaint ? ", or inpaint: the picture with the mask marked" : "";
        const auto add = [&](const char* name, auto& values, const std::string& text) {
            app.add_option(name, values, text)->allow_extra_args(false);
        };
        add("--control", controls.sources, "What a ControlNet looks at: " + picture + marked + "; repeatable");
        add("--control-model", controls.models, "ControlNet for each --control: name, folder or file");
        add("--control-scale", controls.numbers.scales, "How strongly it counts, 0 to 10; default: 1");
        add("--control-start", controls.numbers.starts, "Part of the run after which it steers, 0 to 1");
        add("--control-end", controls.numbers.ends, "Part of the run up to which it steers, 0 to 1");
    }

    void addMasking(CLI::App& app)
    {
        Request& request = command.job.request;
        app.add_option("--mask", command.mask, "White is repainted, black is kept")->required();
        app.add_option("--mode", command.mode, "fill, erase or refine; default: fill with a prompt, else erase");
        app.add_option("--crop", command.crop, "auto, none or X,Y,W,H");
        app.add_option("--padding", command.padding, "Context around the mask in pixels, or auto");
        app.add_option("--grow", command.grow, "Widen the mask by pixels, or auto");
        app.add_option("--feather", command.feather, "Soft edge in pixels, or auto");
        app.add_flag("--soft-mask", request.edit.softMask, "Grey parts of the mask are partly pasted");
        app.add_option("--prefill", command.prefill, "What the hole starts from: auto, none, neutral, pull-push");
        app.add_option("--color-match", colorMatch, "on or off: draw the result's colours and grain to the picture's");
        app.add_option("--paste-mask", command.job.files.pasteMask, "Write the mask that was really pasted");
    }

    int run()
    {
        if (!later.empty())
            notAvailable(later);
        Request& request = command.job.request;
        checkedQuality(command.job.quality, {"--quality"});
        if (!seed.empty())
            command.seed = parseSeed(seed, {"--seed"});
        command.quiet = common.log.quiet;
        command.progress = parseProgress(progress);
        request.prefill = parsePrefill(command.prefill, {"--prefill"});
        request.mode = command.mode.empty() ? defaultMode(request.task, request.prompt) : parseMode(command.mode, {"--mode"});
        request.edit.colorMatch = parseOnOff(colorMatch, {"--color-match"});
        checkValues(request);
        setUpLog(common.log);
        return runImageCommand(std::move(command));
    }
};

/// Owns the values that CLI11 writes into while it parses.
class CommandLine {
public:
    CommandLine() : m_app("Pentimento repaints the parts of a picture that you mask.", "pentimento")
    {
        m_app.require_subcommand(1);
        m_app.set_version_flag("--version", "Pentimento " PENTIMENTO_VERSION);
        m_app.footer("Without a command, pentimento [FILES] opens the editor.");
        addImageCommands();
        addJobCommands();
        addModels();
        addTools();
    }

    int parseAndRun(int argc, char** argv)
    {
        try {
            m_app.parse(argc, argv);
        } catch (const CLI::CallForHelp& e) {
            return m_app.exit(e);
        } catch (const CLI::CallForAllHelp& e) {
            return m_app.exit(e);
        } catch (const CLI::CallForVersion& e) {
            return m_app.exit(e);
        } catch (const CLI::ParseError& e) {
            throw Exception(ErrorCode::Usage, e.what(), {}, "see pentimento --help");
        }
        const int status = m_run();
        if (std::fflush(stdout) != 0 || std::ferror(stdout))
            throw Exception(ErrorCode::Output, "the standard output cannot be written", {}, "free some space on the disk");
        return status;
    }

    bool verbose() const
    {
        return m_inpaint.common.log.verbosity > 0 || m_transform.common.log.verbosity > 0 ||
               m_generate.common.log.verbosity > 0 || m_runOptions.common.log.verbosity > 0 ||
               m_serveOptions.common.log.verbosity > 0;
    }

private:
    void addImageCommands()
    {
        const auto add = [this](const char* name, const char* text, Task task, ImageOptions& options) {
            CLI::App* app = m_app.add_subcommand(name, text);
            options.add(*app, task);
            app->callback([this, &options] { m_run = [&options] { return options.run(); }; });
        };
        add("inpaint", "Repaint the masked part of a picture", Task::Inpaint, m_inpaint);
        add("transform", "Change a whole picture by a prompt", Task::Transform, m_transform);
        add("generate", "Make a picture from a prompt", Task::Generate, m_generate);
    }

    void addJobCommands()
    {
        CLI::App* run = m_app.add_subcommand("run", "Run jobs from a file, a pipe or folders of pictures");
        m_runOptions.add(*run);
        run->callback([this] { m_run = [this] { return m_runOptions.run(); }; });
        CLI::App* serve = m_app.add_subcommand("serve", "Take jobs over HTTP and stream their progress");
        m_serveOptions.add(*serve);
        serve->callback([this] { m_run = [this] { return m_serveOptions.run(); }; });
    }

    void addModels()
    {
        CLI::App* models = m_app.add_subcommand("models", "List, inspect, verify, import and remove models");
        models->require_subcommand(1);
        CLI::App* list = models->add_subcommand("list", "Every model that is found");
        list->add_flag("--json", m_json, "As JSON");
        list->callback([this] { m_run = [this] { return runModelsList(m_json); }; });
        CLI::App* inspect = models->add_subcommand("inspect", "What a model is and can do");
        inspect->add_option("MODEL", m_model, "Name, folder or file")->required();
        inspect->add_flag("--json", m_json, "As JSON");
        inspect->callback([this] { m_run = [this] { return runModelsInspect(m_model, m_json); }; });
        CLI::App* verify = models->add_subcommand("verify", "Look for everything that can be wrong with a model");
        verify->add_option("MODEL", m_model, "Name, folder or file")->required();
        verify->add_flag("--json", m_json, "As JSON");
        verify->add_flag("-q,--quiet", m_quiet, "No progress");
        verify->callback([this] { m_run = [this] { return runModelsVerify(m_model, m_json, m_quiet); }; });
        CLI::App* importing = models->add_subcommand("import", "Convert a single file into a folder of your models");
        importing->add_option("FILE", m_model, "Name or .safetensors file")->required();
        importing->add_option("--name", m_text, "Name of the folder; default: the file's");
        importing->add_flag("--json", m_json, "As JSON");
        importing->add_flag("-q,--quiet", m_quiet, "No progress");
        importing->callback([this] { m_run = [this] { return runModelsImport(m_model, m_text, m_json, m_quiet); }; });
        CLI::App* remove = models->add_subcommand("remove", "Delete one of your models");
        remove->add_option("NAME", m_model, "Name or path")->required();
        remove->add_flag("--yes", m_yes, "Do not ask");
        remove->add_flag("--json", m_json, "As JSON");
        remove->callback([this] { m_run = [this] { return runModelsRemove(m_model, m_yes, m_json); }; });
        for (const std::string& name : laterModelCommands)
            addLater(*models, name);
    }

    void addTools()
    {
        CLI::App* tokenize = m_app.add_subcommand("tokenize", "Token ids of a text");
        tokenize->add_option("--model", m_model, "Name, folder or file of the model")->required();
        tokenize->add_option("TEXT", m_text, "Taken literally")->required();
        tokenize->callback([this] { m_run = [this] { return runTokenize(m_model, m_text); }; });

        CLI::App* diff = m_app.add_subcommand("diff", "What changed between two pictures");
        diff->add_option("A", m_files[0], "Before")->required();
        diff->add_option("B", m_files[1], "After")->required();
        diff->add_option("--mask", m_files[2], "Above 0 is inside");
        diff->callback([this] { m_run = [this] { return runDiff(m_files[0], m_files[1], m_files[2]); }; });

        CLI::App* bench = m_app.add_subcommand("bench", "Measure speed on this machine");
        bench->add_option("ROW", m_rows, "sgemm, unet, vae-encode, vae-decode, edit; default: all");
        bench->add_option("--arch", m_arch, "Shapes of the random model: sd15-inpaint");
        bench->add_option("--size", m_size, "Picture side in pixels")->check(CLI::Range(64, 2048));
        bench->add_option("--steps", m_steps, "Repetitions")->check(CLI::Range(1, 100));
        bench->add_option("--model", m_model, "Model of the edit row");
        bench->add_option("--threads", m_threads, "0: all cores")->check(CLI::Range(0, 1024));
        bench->add_flag("--json", m_json, "As JSON");
        bench->callback(
            [this] { m_run = [this] { return runBench(m_rows, m_arch, m_size, m_steps, m_model, m_threads, m_json); }; });

        CLI::App* version = m_app.add_subcommand("version", "Program, library and machine facts");
        version->add_flag("--json", m_json, "As JSON");
        version->callback([this] { m_run = [this] { return runVersion(m_json); }; });
    }

    void addLater(CLI::App& parent, const std::string& name)
    {
        CLI::App* app = parent.add_subcommand(name, "")->group("");
        app->allow_extras();
        app->callback([this, name] { m_run = [name]() -> int { notAvailable(name); }; });
    }

    CLI::App m_app;
    ImageOptions m_inpaint, m_transform, m_generate;
    RunOptions m_runOptions;
    ServeOptions m_serveOptions;
    bool m_json = false, m_quiet = false, m_yes = false;
    std::string m_model, m_text, m_arch = "sd15-inpaint";
    std::string m_files[3];
    std::vector<std::string> m_rows;
    int m_size = 256, m_steps = 3, m_threads = 0;
    std::function<int()> m_run;
};

} // namespace

bool isCommandLine(int argc, char** argv)
{
    if (argc < 2)
        return false;
    const std::string first = argv[1];
    return first == "-h" || first == "--help" || first == "--version" ||
           std::find(commandNames.begin(), commandNames.end(), first) != commandNames.end();
}

int runCommandLine(int argc, char** argv) noexcept
{
    bool verbose = false;
    try {
        CommandLine commandLine;
        try {
            return commandLine.parseAndRun(argc, argv);
        } catch (const Exception& e) {
            verbose = commandLine.verbose();
            return reportError(e.error(), verbose);
        }
    } catch (const std::bad_alloc&) {
        return reportError({ErrorCode::OutOfMemory, "there is not enough memory", {}, "close other programs", {}});
    } catch (const std::exception& e) {
        return reportError({ErrorCode::Internal, "the command failed", {}, "report this", e.what()});
    }
}

} // namespace pentimento
