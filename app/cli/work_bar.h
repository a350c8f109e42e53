// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/work_report.h"

namespace pentimento {

/// One line on a terminal for work that takes a while; nothing where stderr is none. The line is gone when the bar is.
class WorkBar {
public:
    explicit WorkBar(bool quiet);
    ~WorkBar();
    WorkBar(const WorkBar&) = delete;
    WorkBar& operator=(const WorkBar&) = delete;
    WorkReport report();

private:
    bool m_shown;
};

} // namespace pentimento
