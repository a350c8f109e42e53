// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/schedulers/scheduler.h"

namespace pentimento {

// One maker per class of diffusers. All throw Exception(Unsupported) that names a field whose
// value the class does not know.

std::unique_ptr<Scheduler> makeDDIM(SchedulerConfig config, double eta);
std::unique_ptr<Scheduler> makeDDPM(SchedulerConfig config);
std::unique_ptr<Scheduler> makePNDM(SchedulerConfig config);
std::unique_ptr<Scheduler> makeLCM(SchedulerConfig config);
std::unique_ptr<Scheduler> makeEulerDiscrete(SchedulerConfig config);
std::unique_ptr<Scheduler> makeEulerAncestralDiscrete(SchedulerConfig config);
std::unique_ptr<Scheduler> makeHeunDiscrete(SchedulerConfig config);
std::unique_ptr<Scheduler> makeLMSDiscrete(SchedulerConfig config);
std::unique_ptr<Scheduler> makeKDPM2Discrete(SchedulerConfig config);
std::unique_ptr<Scheduler> makeKDPM2AncestralDiscrete(SchedulerConfig config);
std::unique_ptr<Scheduler> makeDPMSolverMultistep(SchedulerConfig config);
std::unique_ptr<Scheduler> makeDPMSolverSinglestep(SchedulerConfig config);
std::unique_ptr<Scheduler> makeDEISMultistep(SchedulerConfig config);
std::unique_ptr<Scheduler> makeUniPCMultistep(SchedulerConfig config);

} // namespace pentimento
