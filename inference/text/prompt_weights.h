// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pentimento {

/// A piece of a prompt and how much it counts.
struct WeightedText {
    std::string text;
    double weight = 1;
    bool breaks = false; ///< a new chunk of tokens begins here
};

/// Emphasis as people write it (AUTOMATIC1111's web UI): (more) times 1.1, [less] by 1.1, (this much:1.3), nested ones
/// multiply, a backslash takes a bracket literally, the word BREAK starts a new chunk. Whatever does not close ends with
/// the text. Neighbours of one weight are one piece; weights are kept within -10 and 10.
std::vector<WeightedText> parsePromptWeights(std::string_view prompt);

} // namespace pentimento
