// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace pentimento {

/// SHA-256 (FIPS 180-4) of bytes that come piece by piece.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    void add(const void* data, std::size_t bytes);
    std::string hex(); ///< 64 digits in lower case; once, at the end

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace pentimento
