// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/schedulers/scheduler_config.h"

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

namespace pentimento {

/// One step's outcome: the next, less noisy sample, and the estimate of the clean one.
struct SchedulerStep {
    at::Tensor sample;
    at::Tensor denoised;
};

/// diffusers' contract: setTimesteps, then scaleModelInput and step for i = first .. timesteps().size() - 1. A run may
/// begin anywhere (strength below 1: `first` = skipped steps * order()); what a multistep algorithm remembers starts empty.
class Scheduler {
public:
    virtual ~Scheduler() = default;
    /// Lays out the run and forgets the last one. There may be more timesteps than steps (Heun, PNDM): each is one call
    /// of the model. Throws Exception(Usage) for a number that the algorithm cannot do.
    virtual void setTimesteps(int steps) = 0;
    /// What the model gets as time, in training timesteps; not always whole.
    virtual const std::vector<double>& timesteps() const = 0;
    /// Noise to signal after 0, 1, ... steps, where the algorithm works on it, else empty.
    virtual const std::vector<double>& sigmas() const;
    /// Deviation of the pure noise that a whole run starts from.
    virtual double initNoiseSigma() const { return 1.0; }
    /// Timesteps per step, the first step's apart.
    virtual int order() const { return 1; }
    virtual at::Tensor scaleModelInput(const at::Tensor& sample, std::size_t) const { return sample; }
    /// `generator` gives the noise of stochastic steps and is not touched by the others.
    virtual SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                               at::Generator& generator) = 0;
    /// The clean sample as it would be at timesteps()[index].
    virtual at::Tensor addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const = 0;
};

/// `name`: one of schedulerNames. "model" or "" = what the config says; any other name stands for a fixed configuration
/// on the config's betas, prediction type and zero terminal SNR. A class without an implementation here runs DDIM and
/// says so in `notice`. `eta`: noise of DDIM's steps. Throws Exception(Unsupported) for an unknown name, an unknown value
/// of a field, and a name that cannot do the model's zero terminal SNR.
std::unique_ptr<Scheduler> makeScheduler(const SchedulerConfig& config, const std::string& name, double eta, std::string* notice);

} // namespace pentimento
