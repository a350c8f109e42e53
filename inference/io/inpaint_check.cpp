// SPDX-License-Identifier: Apache-2.0
#include "inference/io/inpaint_check.h"

namespace pentimento {

void requireInpaintModel(const ModelInfo& model, const std::string& where)
{
    if (model.inpaintModel())
        return;
    std::string fitting;
    for (const ListedModel& listed : listModels()) {
        const auto* info = std::get_if<ModelInfo>(&listed.info);
        if (info && info->inpaintModel() && info->missing.empty())
            fitting += (fitting.empty() ? "" : ", ") + info->name;
    }
    throw Exception(ErrorCode::BadInput,
                    model.name + " is not made for inpainting: its UNet takes " + std::to_string(model.unetInChannels) +
                        " channels where 9 are needed",
                    where.empty() ? model.path.string() : where,
                    fitting.empty() ? "install an inpainting model, or leave the strict check out"
                                    : "use one of: " + fitting + "; or leave the strict check out");
}

} // namespace pentimento
