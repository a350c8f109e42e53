// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
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

/// All of them for a sentence: "model, ddim, ...".
inline std::string schedulerNameList()
{
    std::string list;
    for (const std::string_view name : schedulerNames)
        list += (list.empty() ? "" : ", ") + std::string(name);
    return list;
}

} // namespace pentimento
