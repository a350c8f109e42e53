// SPDX-License-Identifier: Apache-2.0
#include "inference/api/error.h"
#include "inference/schedulers/ddim_scheduler.h"

namespace pentimento {

std::unique_ptr<Scheduler> makeScheduler(const SchedulerConfig& config, const std::string& name, double eta, std::string* notice)
{
    if (name == "ddim" || ((name.empty() || name == "model") && config.className == "DDIMScheduler")) {
        SchedulerConfig chosen = config;
        if (name == "ddim") {
            // A name stands for a fixed configuration; betas and prediction type stay the model's.
            chosen.setAlphaToOne = false;
            chosen.stepsOffset = 1;
            chosen.clipSample = false;
            chosen.thresholding = false;
            chosen.timestepSpacing = config.rescaleBetasZeroSnr ? "trailing" : "leading";
        }
        return std::make_unique<DDIMScheduler>(chosen, eta);
    }
    if (name.empty() || name == "model") {
        if (notice)
            *notice = "the model's own scheduler, " + (config.className.empty() ? "unnamed" : config.className) +
                      ", is not available yet; DDIM runs instead";
        return makeScheduler(config, "ddim", eta, nullptr);
    }
    throw Exception(ErrorCode::Unsupported, "the scheduler \"" + name + "\" is not available in this version", "scheduler",
                    "use model or ddim");
}

std::vector<std::string> schedulerNames()
{
    return {"model", "ddim"};
}

} // namespace pentimento
