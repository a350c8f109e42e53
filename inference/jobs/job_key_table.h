// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/jobs/job_draft.h"

namespace pentimento {

/// What the keys of an object are written into.
struct KeyTarget {
    JobDraft& draft;
    const JobRules& rules;
    std::optional<Task>& task;
    std::optional<Mode>& mode;
    std::optional<int>& width;
    std::optional<int>& height;
    Request& request() const { return draft.job.request; }
};

struct JobKeyEntry {
    JobKey key;
    /// Checks the value's type and takes it over. Throws Exception(BadInput) at its place.
    void (*apply)(const Json& value, const ValuePlace& at, KeyTarget& target);
};

std::span<const JobKeyEntry> jobKeyTable();

} // namespace pentimento
