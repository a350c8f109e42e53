// SPDX-License-Identifier: Apache-2.0
#include "inference/io/lora_file.h"

#include "inference/api/error.h"
#include "inference/core/json.h"
#include "inference/io/lora_names.h"
#include "inference/io/peft_config.h"

#include <algorithm>

namespace pentimento {
namespace {

using Part = LoraPart;

[[noreturn]] void refuse(ErrorCode code, const std::string& what, const std::filesystem::path& file, const std::string& tensor,
                         const std::string& remedy = "get a fresh copy of the file")
{
    throw Exception(code, what, tensor.empty() ? file.string() : file.string() + ", tensor " + tensor, remedy);
}

bool has(const LoraModule& module, std::initializer_list<Part> parts)
{
    return std::all_of(parts.begin(), parts.end(), [&](Part part) { return module.find(part) != nullptr; });
}

bool hasAny(const LoraModule& module, std::initializer_list<Part> parts)
{
    return std::any_of(parts.begin(), parts.end(), [&](Part part) { return module.find(part) != nullptr; });
}

/// The kind by the parts that are there; empty when they are not all parts of one kind. Alpha and the like alone say nothing.
std::optional<LoraKind> kindOf(const LoraModule& module)
{
    const bool lowRank = hasAny(module, {Part::Down, Part::Up, Part::Mid});
    const bool hadamard =
        hasAny(module, {Part::HadaW1A, Part::HadaW1B, Part::HadaW2A, Part::HadaW2B, Part::HadaT1, Part::HadaT2});
    const bool kronecker =
        hasAny(module, {Part::LokrW1, Part::LokrW1A, Part::LokrW1B, Part::LokrW2, Part::LokrW2A, Part::LokrW2B, Part::LokrT2});
    if (lowRank + hadamard + kronecker > 1)
        return std::nullopt;
    const auto when = [](bool complete, LoraKind kind) { return complete ? std::optional(kind) : std::nullopt; };
    if (lowRank)
        return when(has(module, {Part::Down, Part::Up}), LoraKind::LowRank);
    if (hadamard)
        return when(has(module, {Part::HadaW1A, Part::HadaW1B, Part::HadaW2A, Part::HadaW2B}) &&
                        (module.find(Part::HadaT1) != nullptr) == (module.find(Part::HadaT2) != nullptr),
                    LoraKind::Hadamard);
    if (kronecker)
        return when((has(module, {Part::LokrW1}) || has(module, {Part::LokrW1A, Part::LokrW1B})) &&
                        (has(module, {Part::LokrW2}) || has(module, {Part::LokrW2A, Part::LokrW2B})),
                    LoraKind::Kronecker);
    return when(hasAny(module, {Part::Diff, Part::DiffBias}), LoraKind::Difference);
}

/// Side of a tensor; 0 where it has none.
std::int64_t side(const LoraModule& module, Part part, std::size_t axis)
{
    const TensorEntry* entry = module.find(part);
    return entry && entry->shape.size() > axis ? entry->shape[axis] : 0;
}

/// "..._transformer_blocks_3_..." -> 3.
int transformerBlock(const std::string& module)
{
    static const std::string marker = "transformer_blocks_";
    const std::size_t at = module.find(marker);
    return at == std::string::npos ? 0 : std::atoi(module.c_str() + at + marker.size());
}

} // namespace

const TensorEntry* LoraModule::find(LoraPart part) const
{
    const auto it = parts.find(part);
    return it == parts.end() ? nullptr : it->second;
}

std::int64_t LoraModule::inputs() const
{
    switch (kind) {
    case LoraKind::LowRank: return side(*this, Part::Down, 1);
    case LoraKind::Hadamard: return side(*this, Part::HadaW1B, 1);
    case LoraKind::Difference: return side(*this, Part::Diff, 1);
    case LoraKind::Kronecker: break;
    }
    const auto columns = [&](Part whole, Part factor) {
        const std::int64_t columnsOfWhole = side(*this, whole, 1);
        return std::min<std::int64_t>(columnsOfWhole > 0 ? columnsOfWhole : side(*this, factor, 1), 1 << 24);
    };
    return columns(Part::LokrW1, Part::LokrW1B) * columns(Part::LokrW2, Part::LokrW2B);
}

LoraFile::LoraFile(const std::filesystem::path& file)
{
    const std::string ending = file.extension().string();
    if (ending == ".pt" || ending == ".ckpt" || ending == ".bin" || ending == ".pth")
        refuse(ErrorCode::BadInput, "pickled files can run code while they are read, so they are not read", file, {},
               "get it as .safetensors");
    m_file = std::make_unique<const SafetensorsFile>(file);
    for (const TensorEntry& entry : m_file->tensors())
        add(entry);
    settleKinds();
    applyPeftConfig();
    if (moduleCount() == 0)
        refuse(ErrorCode::BadInput, "this is no LoRA", file,
               m_file->tensors().empty() ? std::string() : m_file->tensors().front().name, "choose a LoRA file");
}

void LoraFile::add(const TensorEntry& entry)
{
    if (const std::string kind = refusedAdapter(entry.name); !kind.empty())
        refuse(ErrorCode::Unsupported, "this is " + kind + ", which cannot be used", path(), entry.name,
               "choose a LoRA for Stable Diffusion 1, 2 or XL");
    const std::optional<LoraKey> key = parseLoraKey(entry.name);
    if (!key) {
        m_unknown.push_back(entry.name);
        return;
    }
    LoraModule& module = m_modules[key->target][key->module];
    module.name = key->name;
    if (!module.parts.emplace(key->part, &entry).second)
        refuse(ErrorCode::BadInput, "the file says the same twice, the other time as " + module.parts[key->part]->name, path(),
               entry.name);
}

void LoraFile::settleKinds()
{
    for (auto& [target, modules] : m_modules) {
        for (auto it = modules.begin(); it != modules.end();) {
            LoraModule& module = it->second;
            const bool onlyFacts = std::all_of(module.parts.begin(), module.parts.end(), [](const auto& part) {
                return part.first == Part::Alpha || part.first == Part::Scale || part.first == Part::DoraScale ||
                       part.first == Part::Magnitude;
            });
            if (onlyFacts) {
                for (const auto& [part, entry] : module.parts)
                    m_unknown.push_back(entry->name);
                it = modules.erase(it);
                continue;
            }
            const std::optional<LoraKind> kind = kindOf(module);
            if (!kind)
                refuse(ErrorCode::BadInput, "a part of this module's update is missing or does not belong to it", path(),
                       module.parts.begin()->second->name);
            module.kind = *kind;
            ++it;
        }
    }
}

const LoraModule* LoraFile::find(LoraTarget target, const std::string& flatName) const
{
    const auto modules = m_modules.find(target);
    if (modules == m_modules.end())
        return nullptr;
    const auto it = modules->second.find(flatName);
    return it == modules->second.end() ? nullptr : &it->second;
}

std::size_t LoraFile::moduleCount() const
{
    std::size_t count = 0;
    for (const auto& [target, modules] : m_modules)
        count += modules.size();
    return count;
}

std::vector<std::string> LoraFile::without(const std::set<const LoraModule*>& used) const
{
    std::vector<std::string> names;
    for (const auto& [target, modules] : m_modules) {
        for (const auto& [flat, module] : modules) {
            if (!used.count(&module))
                names.push_back(module.name);
        }
    }
    return names;
}

std::int64_t LoraFile::contextWidth() const
{
    const auto unet = m_modules.find(LoraTarget::UNet);
    if (unet == m_modules.end())
        return 0;
    for (const auto& [name, module] : unet->second) {
        if ((name.ends_with("attn2_to_k") || name.ends_with("attn2_to_v")) && module.inputs() > 0)
            return module.inputs();
    }
    return 0;
}

std::string LoraFile::family() const
{
    const auto byWidth = [](std::int64_t width) -> std::string {
        switch (width) {
        case 768: return "sd1";
        case 1024: return "sd2";
        case 1280:
        case 2048: return "sdxl";
        default: return {};
        }
    };
    if (const std::int64_t width = contextWidth())
        return byWidth(width);
    if (m_modules.count(LoraTarget::TextEncoder2))
        return "sdxl";
    // Sliders touch self attention only; of all families XL alone has more than one block in a transformer.
    if (const auto unet = m_modules.find(LoraTarget::UNet); unet != m_modules.end()) {
        const bool deep = std::any_of(unet->second.begin(), unet->second.end(),
                                      [](const auto& module) { return transformerBlock(module.first) > 0; });
        return deep ? "sdxl" : "";
    }
    for (const auto& [name, module] : m_modules.at(LoraTarget::TextEncoder)) {
        if (name.ends_with("self_attn_q_proj") && module.name.find("lora_te1_") == std::string::npos)
            return byWidth(module.inputs());
    }
    return {};
}

void LoraFile::applyPeftConfig()
{
    Json json;
    bool perNetwork = false;
    const std::filesystem::path beside = path().parent_path() / "adapter_config.json";
    if (const auto it = m_file->metadata().find("lora_adapter_metadata"); it != m_file->metadata().end()) {
        json = Json::parse(it->second, nullptr, false);
        perNetwork = true;
    } else if (std::error_code ignored;
               path().filename() == "adapter_model.safetensors" && std::filesystem::exists(beside, ignored)) {
        json = readJsonFile(beside);
    }
    for (auto& [target, modules] : m_modules) {
        const char* network = target == LoraTarget::UNet          ? "unet."
                              : target == LoraTarget::TextEncoder ? "text_encoder."
                                                                  : "text_encoder_2.";
        const PeftConfig config = parsePeftConfig(json, perNetwork ? network : "");
        for (auto& [flatName, module] : modules) {
            module.configuredAlpha = config.alphaOf(flatName);
            module.rankStabilised = config.rankStabilised;
        }
    }
}

} // namespace pentimento
