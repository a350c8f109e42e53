// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <variant>

namespace pentimento {

enum class ErrorCode { Internal, Usage, BadInput, Unsupported, OutOfMemory, Output };

/// What went wrong, where, and what a person can do about it. Texts are plain English sentences without
/// a final full stop; the window translates by `code` and shows them as detail.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string what;   ///< "the picture is truncated"
    std::string where;  ///< file, tensor, option or JSON path; may be empty
    std::string remedy; ///< "open it in another program and save it again"; may be empty
    std::string detail; ///< technical text for logs and "Copy details"; may be empty
};

/// The run stopped because its CancelToken asked for it. An outcome of its own, not an error.
struct Cancelled {};

/// A value or the reason why there is none.
template <typename T> using Expected = std::variant<T, Error>;

/// Thrown inside the inference library only; turned into values at its public functions.
class Exception : public std::exception {
public:
    explicit Exception(Error error) : m_error(std::move(error)) {}
    Exception(ErrorCode code, std::string what, std::string where = {}, std::string remedy = {})
        : m_error{code, std::move(what), std::move(where), std::move(remedy), {}}
    {
    }
    const Error& error() const noexcept { return m_error; }
    const char* what() const noexcept override { return m_error.what.c_str(); }

private:
    Error m_error;
};

/// The value, or throws Exception with its error.
template <typename T> T unwrap(Expected<T>&& expected)
{
    if (Error* error = std::get_if<Error>(&expected))
        throw Exception(std::move(*error));
    return std::move(std::get<T>(expected));
}

/// Thrown when a CancelToken is found set; turned into Cancelled at the boundary.
struct CancelledException {};

/// Process exit status of the command line (design: 0 done, 130 cancelled).
int exitStatus(ErrorCode code) noexcept;

/// Stable identifier used in events: usage, bad_input, unsupported, out_of_memory, output, internal.
const char* errorCodeName(ErrorCode code) noexcept;

/// "WHAT (WHERE): what to do" on one line, control characters removed.
std::string formatError(const Error& error);

} // namespace pentimento
