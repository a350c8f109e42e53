// SPDX-License-Identifier: Apache-2.0
#include "app/window/candidate_list.h"

#include <algorithm>
#include <cstring>

namespace pentimento {
void CandidateList::add(JobVariant variant)
{
    m_candidates.push_back(std::move(variant));
    m_index = count() - 1;
}

void CandidateList::show(int index)
{
    if (index >= 0 && index < count())
        m_index = index;
}

void CandidateList::previous()
{
    show(m_index - 1);
}

void CandidateList::next()
{
    show(m_index + 1);
}

void CandidateList::discardShown()
{
    if (isEmpty())
        return;
    m_candidates.erase(m_candidates.begin() + m_index);
    m_index = std::min(m_index, count() - 1);
}

void CandidateList::clear()
{
    m_candidates.clear();
    m_index = -1;
}

bool stillFits(const JobVariant& variant, const QImage& picture)
{
    if (!picture.rect().contains(variant.rect) || picture.format() != variant.base.format())
        return false;
    const QRect rect = variant.rect;
    const auto pixel = std::size_t(picture.depth()) / 8;
    for (int y = 0; y < rect.height(); ++y) {
        const uchar* now = picture.constScanLine(rect.y() + y) + pixel * std::size_t(rect.x());
        const uchar* then = variant.base.constScanLine(y);
        if (std::memcmp(now, then, pixel * std::size_t(rect.width())) == 0)
            continue;
        const uchar* alpha = variant.alpha.constScanLine(y);
        for (int x = 0; x < rect.width(); ++x) {
            const std::size_t at = pixel * std::size_t(x);
            if (alpha[x] != 0 && std::memcmp(now + at, then + at, pixel) != 0)
                return false;
        }
    }
    return true;
}

} // namespace pentimento
