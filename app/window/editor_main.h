// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pentimento {

/// The editor from start to end: one window for each file named, or an empty one. Returns the exit status.
int runEditor(int argc, char** argv);

} // namespace pentimento
