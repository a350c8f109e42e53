// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/schedulers/sample_math.h"
#include "inference/schedulers/scheduler.h"
#include "inference/schedulers/sigma_schedule.h"

namespace pentimento {

/// Puts `value` before what a multistep algorithm remembers, the newest first and at most `most`.
void remember(std::vector<at::Tensor>& history, at::Tensor value, int most);

/// Algorithms that step from one alphas_cumprod to another: DDIM, DDPM, PNDM, LCM.
class AlphaScheduler : public Scheduler {
public:
    const std::vector<double>& timesteps() const override { return m_timesteps; }
    at::Tensor addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const override;

protected:
    /// Refuses a noise-predicting model of zero terminal SNR: there is no signal to divide by.
    explicit AlphaScheduler(SchedulerConfig config);
    double alpha(double timestep) const; ///< below 0: the final alpha
    NoiseLevel level(double timestep) const { return levelOfAlpha(alpha(timestep)); }

    const SchedulerConfig m_config;
    std::vector<double> m_timesteps;

private:
    std::vector<double> m_alphas;
};

/// Algorithms that step from one sigma to another.
class SigmaScheduler : public Scheduler {
public:
    const std::vector<double>& timesteps() const override { return m_schedule.timesteps; }
    const std::vector<double>& sigmas() const override { return m_schedule.sigmas; }

protected:
    /// Refuses flow sigmas, which belong to other families of models.
    explicit SigmaScheduler(SchedulerConfig config);

    const SchedulerConfig m_config;
    SigmaSchedule m_schedule;
};

/// ... on samples clean + sigma * epsilon, as in k-diffusion (Karras et al. 2022): Euler, Heun and others. The model gets
/// them scaled down to its training's size.
class EulerFamilyScheduler : public SigmaScheduler {
public:
    double initNoiseSigma() const override;
    at::Tensor scaleModelInput(const at::Tensor& sample, std::size_t index) const override;
    at::Tensor addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const override;

protected:
    using SigmaScheduler::SigmaScheduler;
    /// What the model's output says of a sample with this sigma.
    at::Tensor denoised(const at::Tensor& modelOutput, const at::Tensor& sample, double sigma) const;
};

/// ... on samples of unit size, as integrators in logSnr: DPM-Solver, UniPC.
class SolverScheduler : public SigmaScheduler {
public:
    at::Tensor addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const override;

protected:
    using SigmaScheduler::SigmaScheduler;
    NoiseLevel level(std::size_t index) const { return levelOfSigma(m_schedule.sigmas[index]); }
};

} // namespace pentimento
