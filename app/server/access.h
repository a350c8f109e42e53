// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/server_options.h"

#include <filesystem>
#include <string>
#include <string_view>

/// Who may use the server.
namespace pentimento {

/// "127.0.0.1", "::1", "localhost" and the like: only this machine reaches it.
bool isLoopback(const std::string& host);

/// Takes as long for a wrong token as for the right one, wherever they differ.
bool sameToken(std::string_view given, std::string_view expected) noexcept;

/// The first line of a file; at least 16 characters. Throws Exception(BadInput) naming the file.
std::string readToken(const std::filesystem::path& file);

/// Throws Exception(Usage) for an address beyond this machine without a token.
void requireToken(const ServerOptions& options);

struct AccessQuestion {
    std::string authorization; ///< header, empty if absent
    std::string host;
    std::string origin;
    bool open = false; ///< what may be read without a token
};
enum class Access { Granted, NoToken, ForeignPage };

/// A web page may not use a server without its owner's will, token or not: browsers name the page's origin; a page that
/// made its own name point here (DNS rebinding) shows in the host.
Access accessOf(const AccessQuestion& question, const ServerOptions& options);

} // namespace pentimento
