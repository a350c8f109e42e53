// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pentimento {

/// True when the first argument names a command (or asks for help or the version) and no window is wanted.
bool isCommandLine(int argc, char** argv);

/// Parses and runs one command; returns the process's exit status. Never throws.
int runCommandLine(int argc, char** argv) noexcept;

} // namespace pentimento
