// SPDX-License-Identifier: Apache-2.0
#include "inference/api/error.h"

namespace pentimento {

int exitStatus(ErrorCode code) noexcept
{
    switch (code) {
    case ErrorCode::Internal: return 1;
    case ErrorCode::Usage: return 2;
    case ErrorCode::BadInput: return 3;
    case ErrorCode::Unsupported: return 4;
    case ErrorCode::OutOfMemory: return 5;
    case ErrorCode::Output: return 6;
    }
    return 1;
}

const char* errorCodeName(ErrorCode code) noexcept
{
    switch (code) {
    case ErrorCode::Internal: return "internal";
    case ErrorCode::Usage: return "usage";
    case ErrorCode::BadInput: return "bad_input";
    case ErrorCode::Unsupported: return "unsupported";
    case ErrorCode::OutOfMemory: return "out_of_memory";
    case ErrorCode::Output: return "output";
    }
    return "internal";
}

std::string formatError(const Error& error)
{
    std::string line = error.what;
    if (!error.where.empty())
        line += " (" + error.where + ")";
    if (!error.remedy.empty())
        line += ": " + error.remedy;
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            c = ' ';
    }
    return line;
}

} // namespace pentimento
