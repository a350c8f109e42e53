// SPDX-License-Identifier: Apache-2.0
#include "app/server/access.h"

#include "inference/api/error.h"
#include "inference/core/files.h"
#include "inference/core/text.h"

#include <algorithm>

namespace pentimento {
namespace {

constexpr std::size_t shortestToken = 16;

/// "localhost:7833" -> "localhost", "[::1]:7833" -> "::1".
std::string hostName(const std::string& header)
{
    if (header.starts_with('['))
        return header.substr(1, header.find(']') - 1);
    return header.substr(0, header.find(':'));
}

} // namespace

bool isLoopback(const std::string& host)
{
    return asciiLower(host) == "localhost" || host == "::1" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

bool sameToken(std::string_view given, std::string_view expected) noexcept
{
    // The given one decides the length of the loop, so that its time tells nothing about the expected one.
    unsigned difference = given.size() == expected.size() ? 0 : 1;
    for (std::size_t i = 0; i < given.size(); ++i)
        difference |= static_cast<unsigned char>(given[i]) ^
                      (expected.empty() ? 1U : static_cast<unsigned char>(expected[i % expected.size()]));
    return difference == 0;
}

std::string readToken(const std::filesystem::path& file)
{
    std::string token = readTextFile(file, 4096);
    token.erase(std::min(token.find_first_of("\r\n"), token.size()));
    const bool printable = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (token.size() < shortestToken || !printable)
        throw Exception(ErrorCode::BadInput, "the file's first line is no token", file.string(),
                        "write at least 16 letters and digits without blanks, such as openssl rand -hex 32 gives");
    return token;
}

void requireToken(const ServerOptions& options)
{
    if (options.token.empty() && !isLoopback(options.host))
        throw Exception(ErrorCode::Usage, "a server that other machines reach needs a token", "--host " + options.host,
                        "add --token-file");
}

Access accessOf(const AccessQuestion& question, const ServerOptions& options)
{
    const std::vector<std::string>& origins = options.corsOrigins;
    if (!question.origin.empty() && std::find(origins.begin(), origins.end(), question.origin) == origins.end())
        return Access::ForeignPage;
    const std::string host = hostName(question.host);
    if (options.token.empty() && !question.host.empty() && !isLoopback(host) && host != options.host)
        return Access::ForeignPage;
    if (options.token.empty() || question.open)
        return Access::Granted;
    constexpr std::string_view scheme = "Bearer ";
    const bool bearer = question.authorization.starts_with(scheme);
    const std::string_view given = bearer ? std::string_view(question.authorization).substr(scheme.size()) : std::string_view();
    return sameToken(given, options.token) && bearer ? Access::Granted : Access::NoToken;
}

} // namespace pentimento
