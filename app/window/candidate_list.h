// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"

#include <QImage>

#include <vector>

namespace pentimento
{

/// A result that waits: not in the picture until it is kept.
struct Candidate {
    JobVariant variant;
    QImage base; ///< the picture's pixels under it when its run began
    QImage thumbnail;
};

/// The results that wait, oldest first, and which of them is shown. Values only: the rules of the window's "while a
/// candidate waits", without a window.
class CandidateList
{
public:
    bool isEmpty() const { return m_candidates.empty(); }
    int count() const { return static_cast<int>(m_candidates.size()); }
    int index() const { return m_index; } ///< -1 when empty
    const Candidate& at(int index) const { return m_candidates[static_cast<std::size_t>(index)]; }
    const Candidate* shown() const { return isEmpty() ? nullptr : &at(m_index); }

    void add(Candidate candidate); ///< the newest is shown
    void show(int index);          ///< out of range: no change
    void previous();               ///< stops at the first
    void next();                   ///< stops at the last
    void discardShown();           ///< its successor is shown, else its predecessor
    void clear();

    /// False when the picture under the shown patch is not what its run saw, where the patch would change it.
    bool canKeep(const QImage& picture) const;

private:
    std::vector<Candidate> m_candidates;
    int m_index = -1;
};

/// The pixels of `picture` under a variant, and a small picture of it pasted in.
Candidate makeCandidate(const JobVariant& variant, const QImage& picture);

} // namespace pentimento
