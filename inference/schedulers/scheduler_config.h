// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"

#include <optional>
#include <string>
#include <vector>

namespace pentimento {

enum class BetaSchedule { Linear, ScaledLinear, SquaredCosCap, Exp, Sigmoid };
enum class PredictionType { Epsilon, VPrediction, Sample };
enum class TimestepSpacing { Leading, Linspace, Trailing };
/// How a run's noise levels lie between the largest and the smallest: those of its timesteps, or a curve of their own.
enum class SigmaSpacing { OfTimesteps, Karras, Exponential, Beta, Lu };
/// Where a run on sigmas ends: without noise, or at the smallest noise of the training.
enum class FinalSigma { Zero, SigmaMin };

/// scheduler_config.json: the fields of diffusers' Stable Diffusion schedulers under their names, defaults by class as
/// there. A class reads the fields that it has and ignores the others.
struct SchedulerConfig {
    std::string className;
    std::string where; ///< the file, for errors

    // The model's noise and what it predicts.
    int numTrainTimesteps = 1000;
    double betaStart = 0.0001, betaEnd = 0.02;
    BetaSchedule betaSchedule = BetaSchedule::Linear;
    std::vector<double> trainedBetas; ///< overrides the schedule when not empty
    PredictionType predictionType = PredictionType::Epsilon;
    bool rescaleBetasZeroSnr = false;

    // The run's timesteps and noise levels.
    TimestepSpacing timestepSpacing = TimestepSpacing::Leading;
    int stepsOffset = 0;
    SigmaSpacing sigmaSpacing = SigmaSpacing::OfTimesteps;
    std::optional<double> sigmaMin, sigmaMax; ///< ends of a curve; absent: those of the training
    FinalSigma finalSigma = FinalSigma::Zero;
    std::string interpolationType = "linear", timestepType = "discrete"; ///< Euler
    bool flowSigmas = false;                                             ///< of other families; refused
    std::optional<double> lambdaMinClipped;                              ///< DPM-Solver; absent: minus infinity
    int originalInferenceSteps = 50;                                     ///< LCM
    double timestepScaling = 10;                                         ///< LCM

    // The estimate of the clean sample.
    bool clipSample = false;
    double clipSampleRange = 1.0;
    bool thresholding = false;
    double dynamicThresholdingRatio = 0.995, sampleMaxValue = 1.0;
    bool setAlphaToOne = true;

    // The solvers.
    int solverOrder = 2;
    std::string solverType, algorithmType, varianceType; ///< empty: the class's default
    bool lowerOrderFinal = true, eulerAtFinal = false;
    bool predictX0 = true;             ///< UniPC
    bool solverP = false;              ///< UniPC with a predictor of another class
    std::vector<int> disableCorrector; ///< UniPC: steps after which the corrector rests
    bool skipPrkSteps = false;         ///< PNDM
};

/// Throws Exception that names `where` and the field: BadInput for impossible values, Unsupported for unknown ones.
SchedulerConfig parseSchedulerConfig(const Json& json, const std::string& where);

/// What diffusers' inpainting pipeline for Stable Diffusion 1.x and 2.x (not XL) makes of outdated configs before it runs:
/// steps_offset is 1, and PNDM begins without Runge-Kutta steps.
SchedulerConfig asInStableDiffusionPipeline(SchedulerConfig config);

/// For a value that the config's class does not know, or not together with the rest.
[[noreturn]] void refuseField(const SchedulerConfig& config, const std::string& field, const std::string& reason);

} // namespace pentimento
