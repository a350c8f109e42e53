// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/model_info.h"

namespace pentimento {

/// A file of the model and its SHA-256.
struct FileCheck {
    std::filesystem::path file;
    std::uint64_t bytes = 0;
    std::string sha256;
    std::string expected;   ///< what `expectedBy` says it should be; empty: nobody says
    std::string expectedBy; ///< "SHA256SUMS", "the download cache", "the file's metadata"
    bool fits() const { return expected.empty() || expected == sha256; }
};

/// What is wrong with a tensor. `where`: "FILE, tensor NAME".
struct TensorFault {
    std::string where;
    std::string what; ///< "is missing", "has the shape [...] where the config needs [...]", "holds 3 NaN"
};

/// Everything that looking at a model, loading it and running its parts once tells.
struct ModelCheck {
    ModelInfo info;
    std::vector<FileCheck> files;
    std::vector<TensorFault> faults;
    std::vector<std::string> unused; ///< tensors that no network asks for, "FILE, tensor NAME": they do no harm

    /// Absent where faults left nothing to run.
    struct Trial {
        std::string pictureSize; ///< "256 x 256"
        double unetSeconds = 0;  ///< one evaluation
        double unetRms = 0;      ///< of the predicted noise or velocity, whose own is about 1; NaN when not finite
        double vaePsnr = 0;      ///< dB, encoded and decoded beside the picture; NaN when not finite
    };
    std::optional<Trial> trial;

    /// One sentence each; none: the model is sound.
    std::vector<std::string> problems() const;
};

} // namespace pentimento
