// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace pentimento {

/// What --scheduler and a request's `scheduler` take: the model's own scheduler, or an algorithm by name.
inline constexpr std::array<std::string_view, 13> schedulerNames{"model",
                                                                 "ddim",
                                                                 "ddpm",
                                                                 "pndm",
                                                                 "euler",
                                                                 "euler-karras",
                                                                 "euler-ancestral",
                                                                 "heun",
                                                                 "dpmpp-2m",
                                                                 "dpmpp-2m-karras",
                                                                 "dpmpp-2m-sde-karras",
                                                                 "unipc",
                                                                 "lcm"};

} // namespace pentimento
