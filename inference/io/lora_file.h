// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/safetensors_reader.h"

#include <map>
#include <memory>
#include <optional>
#include <set>

namespace pentimento {

enum class LoraTarget { UNet, TextEncoder, TextEncoder2 };

/// How a module's weight changes (engine/lora_delta.h has the formulas).
enum class LoraKind {
    LowRank,   ///< LoRA, for convolutions LoCon
    Hadamard,  ///< LoHa
    Kronecker, ///< LoKr
    Difference ///< the change itself
};

/// What a tensor is to its module. A and B, Down and Up are the factors in the order in which the input meets them.
enum class LoraPart {
    Down,
    Up,
    Mid, ///< Tucker core of a convolution
    Alpha,
    Scale,     ///< in place of alpha / rank
    DoraScale, ///< per output [out, 1, ...] or per input [1, in, ...]
    Magnitude, ///< DoRA as peft keeps it: per output
    HadaW1A,
    HadaW1B,
    HadaW2A,
    HadaW2B,
    HadaT1,
    HadaT2,
    LokrW1,
    LokrW1A,
    LokrW1B,
    LokrW2,
    LokrW2A,
    LokrW2B,
    LokrT2,
    Diff,
    DiffBias
};

/// What a file says about one module of a model.
struct LoraModule {
    std::string name; ///< as the file spells it
    LoraKind kind = LoraKind::LowRank;
    std::map<LoraPart, const TensorEntry*> parts;
    std::optional<double> configuredAlpha;        ///< of peft's config, where no tensor says it
    bool rankStabilised = false;                  ///< alpha counts by the root of the rank
    const TensorEntry* find(LoraPart part) const; ///< null when there is none
    std::int64_t inputs() const;                  ///< of the module by the parts' shapes; 0: they do not say
};

/// A LoRA or one of its relatives in a safetensors file: layouts of kohya's sd-scripts, LyCORIS, peft and diffusers, old and
/// new. Module names are kept flat, as kohya writes them ("down_blocks_0_attentions_0_proj_in", no "text_model_"), because
/// underscores cannot be turned back into dots; ask with flatModuleName().
class LoraFile {
public:
    /// Reads adapter_config.json beside an adapter_model.safetensors, too.
    /// Throws Exception(BadInput) naming file and tensor: see SafetensorsFile; also when a module's parts do not belong
    /// together, or nothing is a LoRA's. Exception(Unsupported) for adapters of other kinds, naming the tensor.
    explicit LoraFile(const std::filesystem::path& file);

    const std::filesystem::path& path() const { return m_file->path(); }
    const LoraModule* find(LoraTarget target, const std::string& flatName) const; ///< null when there is none
    std::size_t moduleCount() const;
    const std::vector<std::string>& unknownKeys() const { return m_unknown; } ///< no part of any module

    /// Names (as the file has them) of the modules that are not in `used`.
    std::vector<std::string> without(const std::set<const LoraModule*>& used) const;

    std::int64_t contextWidth() const; ///< input of the cross attentions' keys; 0: the file has none
    /// "sd1", "sd2", "sdxl", "" if the file does not tell. By shapes and block numbers.
    std::string family() const;

private:
    void add(const TensorEntry& entry);
    void settleKinds();
    void applyPeftConfig();

    std::unique_ptr<const SafetensorsFile> m_file;
    std::map<LoraTarget, std::map<std::string, LoraModule>> m_modules;
    std::vector<std::string> m_unknown;
};

} // namespace pentimento
