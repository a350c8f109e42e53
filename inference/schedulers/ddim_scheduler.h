// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/schedulers/scheduler.h"

namespace pentimento {

/// DDIM (Song et al. 2021) with every option of diffusers' DDIMScheduler. eta 0 is deterministic, 1 is DDPM-like.
class DDIMScheduler : public Scheduler {
public:
    explicit DDIMScheduler(SchedulerConfig config, double eta = 0);
    void setTimesteps(int steps) override;
    const std::vector<double>& timesteps() const override { return m_timesteps; }
    at::Tensor scaleModelInput(const at::Tensor& sample, std::size_t) const override { return sample; }
    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                       at::Generator& generator) override;
    at::Tensor addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const override;

private:
    double alpha(double timestep) const;
    at::Tensor limited(const at::Tensor& denoised) const;

    SchedulerConfig m_config;
    double m_eta;
    int m_steps = 0;
    std::vector<double> m_alphas, m_timesteps;
    double m_finalAlpha;
};

} // namespace pentimento
