// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

namespace pentimento {

/// scheduler_config.json, the fields that diffusers' Stable Diffusion schedulers share; defaults as there.
struct SchedulerConfig {
    std::string className;
    int numTrainTimesteps = 1000;
    double betaStart = 0.0001, betaEnd = 0.02;
    std::string betaSchedule = "linear";     ///< linear, scaled_linear, squaredcos_cap_v2
    std::vector<double> trainedBetas;        ///< overrides the schedule when not empty
    std::string predictionType = "epsilon";  ///< epsilon, v_prediction, sample
    std::string timestepSpacing = "leading"; ///< leading, linspace, trailing
    bool rescaleBetasZeroSnr = false;
    int stepsOffset = 0;
    bool setAlphaToOne = true;
    bool clipSample = true;
    double clipSampleRange = 1.0;
    bool thresholding = false;
    double dynamicThresholdingRatio = 0.995, sampleMaxValue = 1.0;
};

SchedulerConfig parseSchedulerConfig(const Json& json, const std::string& where);

/// Cumulative products of 1 - beta, one per training timestep. With zero terminal SNR the last is 0
/// (Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed").
std::vector<double> alphasCumprod(const SchedulerConfig& config);

/// Training timesteps for `steps` steps, descending, by the config's spacing (same paper, table 2).
std::vector<double> spacedTimesteps(const SchedulerConfig& config, int steps);

/// One step's outcome: the next, less noisy sample, and the estimate of the clean one.
struct SchedulerStep {
    at::Tensor sample;
    at::Tensor denoised;
};

/// diffusers' contract: setTimesteps once, then scaleModelInput and step for i = 0 .. timesteps().size() - 1.
class Scheduler {
public:
    virtual ~Scheduler() = default;
    virtual void setTimesteps(int steps) = 0;
    virtual const std::vector<double>& timesteps() const = 0;
    virtual double initNoiseSigma() const { return 1.0; }
    virtual int order() const { return 1; }
    virtual at::Tensor scaleModelInput(const at::Tensor& sample, std::size_t index) const = 0;
    /// `generator` gives the noise of stochastic steps and is not touched by the others.
    virtual SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                               at::Generator& generator) = 0;
    /// The clean sample as it would be at timesteps()[index].
    virtual at::Tensor addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const = 0;
};

/// `name`: "model" or "" = what the config says, or "ddim". A class without an implementation here runs DDIM on the
/// config's betas and prediction type and says so in `notice`. Throws Exception(Unsupported) for an unknown name.
std::unique_ptr<Scheduler> makeScheduler(const SchedulerConfig& config, const std::string& name, double eta, std::string* notice);

/// Names that makeScheduler takes.
std::vector<std::string> schedulerNames();

} // namespace pentimento
