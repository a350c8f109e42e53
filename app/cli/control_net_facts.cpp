// SPDX-License-Identifier: Apache-2.0
#include "app/cli/control_net_facts.h"

#include <cstdio>

namespace pentimento {

Json controlNetJson(const ControlNetInfo& info)
{
    return {{"name", info.name},
            {"path", info.path.string()},
            {"kind", "controlnet"},
            {"family", info.family},
            {"cross_attention_dim", info.crossAttentionDim},
            {"dtype", info.dtype},
            {"parameters", info.parameters},
            {"bytes", info.bytes}};
}

void printControlNet(const ControlNetInfo& info)
{
    std::printf("name         %s\npath         %s\nfamily       %s\nkind         ControlNet, for --control-model\n"
                "weights      %s, %.1f million parameters, %.0f MB\n",
                info.name.c_str(), info.path.string().c_str(), info.family.c_str(), info.dtype.c_str(),
                static_cast<double>(info.parameters) / 1e6, static_cast<double>(info.bytes) / 1e6);
}

void printControlNetLine(const ControlNetInfo& info)
{
    std::printf("%-24s %-6s %-40s %s\n", info.name.c_str(), info.family.c_str(), "ControlNet, for --control-model",
                info.path.string().c_str());
}

} // namespace pentimento
