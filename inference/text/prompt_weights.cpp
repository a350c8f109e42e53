// SPDX-License-Identifier: Apache-2.0
#include "inference/text/prompt_weights.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pentimento {
namespace {

constexpr double emphasis = 1.1, largestWeight = 10;

bool isSpace(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// The number of ":1.3)" at `text`, if that is what stands there; `length` becomes its characters without the bracket.
bool weightBeforeBracket(std::string_view text, double& weight, std::size_t& length)
{
    const std::size_t end = text.find(')');
    if (text.empty() || text[0] != ':' || end == std::string_view::npos)
        return false;
    std::string_view number = text.substr(1, end - 1);
    while (!number.empty() && isSpace(number.front()))
        number.remove_prefix(1);
    while (!number.empty() && isSpace(number.back()))
        number.remove_suffix(1);
    if (!number.empty() && number.front() == '+')
        number.remove_prefix(1);
    const auto [stop, failure] = std::from_chars(number.data(), number.data() + number.size(), weight);
    length = end;
    return failure == std::errc() && stop == number.data() + number.size() && std::isfinite(weight);
}

class Parser {
public:
    explicit Parser(std::string_view prompt) : m_prompt(prompt) {}

    std::vector<WeightedText> run()
    {
        for (std::size_t i = 0; i < m_prompt.size();)
            i += step(i);
        while (!m_round.empty())
            close(m_round, emphasis);
        while (!m_square.empty())
            close(m_square, 1 / emphasis);
        return joined();
    }

private:
    /// Takes what stands at `i`; returns how many characters that was.
    std::size_t step(std::size_t i)
    {
        const char c = m_prompt[i];
        const std::string_view rest = m_prompt.substr(i);
        double weight = 1;
        std::size_t length = 0;
        if (c == '\\' && rest.size() > 1 && std::string_view("()[]\\").find(rest[1]) != std::string_view::npos) {
            append(rest[1]);
            return 2;
        }
        if (c == '(')
            m_round.push_back(begin());
        else if (c == '[')
            m_square.push_back(begin());
        else if (c == ')' && !m_round.empty())
            close(m_round, emphasis);
        else if (c == ']' && !m_square.empty())
            close(m_square, 1 / emphasis);
        else if (!m_round.empty() && weightBeforeBracket(rest, weight, length)) {
            close(m_round, weight);
            return length + 1;
        } else if (isBreak(i)) {
            m_pieces.push_back({{}, 1, true});
            begin();
            return 5;
        } else {
            append(c);
        }
        return 1;
    }

    bool isBreak(std::size_t i) const
    {
        const auto edge = [&](std::size_t at) { return at >= m_prompt.size() || isSpace(m_prompt[at]); };
        return m_prompt.substr(i, 5) == "BREAK" && (i == 0 || edge(i - 1)) && edge(i + 5);
    }

    /// Starts a new piece; returns its index.
    std::size_t begin()
    {
        m_pieces.push_back({});
        return m_pieces.size() - 1;
    }

    void append(char c)
    {
        if (m_pieces.empty())
            begin();
        m_pieces.back().text += c;
    }

    void close(std::vector<std::size_t>& open, double factor)
    {
        for (std::size_t i = open.back(); i < m_pieces.size(); ++i)
            m_pieces[i].weight = std::clamp(m_pieces[i].weight * factor, -largestWeight, largestWeight);
        open.pop_back();
        begin();
    }

    std::vector<WeightedText> joined() const
    {
        std::vector<WeightedText> result;
        for (const WeightedText& piece : m_pieces) {
            if (piece.text.empty() && !piece.breaks)
                continue;
            const bool joins = !result.empty() && !piece.breaks && !result.back().breaks && result.back().weight == piece.weight;
            if (joins)
                result.back().text += piece.text;
            else
                result.push_back(piece);
        }
        return result;
    }

    std::string_view m_prompt;
    std::vector<WeightedText> m_pieces;
    std::vector<std::size_t> m_round, m_square; ///< first piece of each open bracket
};

} // namespace

std::vector<WeightedText> parsePromptWeights(std::string_view prompt)
{
    return Parser(prompt).run();
}

} // namespace pentimento
