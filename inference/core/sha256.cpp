// SPDX-License-Identifier: Apache-2.0
#include "inference/core/sha256.h"

#include "inference/api/error.h"

#include <openssl/evp.h>

#include <array>

namespace pentimento {

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

namespace {
void require(int result)
{
    if (result != 1)
        throw Exception(ErrorCode::Internal, "the checksum cannot be computed", {}, "check the installation of OpenSSL");
}
} // namespace

Sha256::Sha256() : m_state(std::make_unique<State>())
{
    require(EVP_DigestInit_ex(m_state->context.get(), EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::add(const void* data, std::size_t bytes)
{
    require(EVP_DigestUpdate(m_state->context.get(), data, bytes));
}

std::string Sha256::hex()
{
    std::array<unsigned char, 32> digest{};
    require(EVP_DigestFinal_ex(m_state->context.get(), digest.data(), nullptr));
    std::string text;
    for (const unsigned char byte : digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

} // namespace pentimento
