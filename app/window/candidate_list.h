// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"

#include <vector>

namespace pentimento {

/// False when the picture under the patch is not what its run saw, where the patch would change it.
bool stillFits(const JobVariant& variant, const QImage& picture);

/// The results that wait, oldest first, and which of them is shown. Values only: the rules of the window's "while a
/// candidate waits", without a window.
class CandidateList {
public:
    bool isEmpty() const { return m_candidates.empty(); }
    int count() const { return static_cast<int>(m_candidates.size()); }
    int index() const { return m_index; } ///< -1 when empty
    const JobVariant& at(int index) const { return m_candidates[static_cast<std::size_t>(index)]; }
    const JobVariant* shown() const { return isEmpty() ? nullptr : &at(m_index); }

    void add(JobVariant variant); ///< the newest is shown
    void show(int index);         ///< out of range: no change
    void previous();              ///< stops at the first
    void next();                  ///< stops at the last
    void discardShown();          ///< its successor is shown, else its predecessor
    void clear();

    bool canKeep(const QImage& picture) const { return shown() && stillFits(*shown(), picture); }

private:
    std::vector<JobVariant> m_candidates;
    int m_index = -1;
};

} // namespace pentimento
