// SPDX-License-Identifier: Apache-2.0
#include "app/window/candidate_list.h"

#include <QPainter>

#include <algorithm>
#include <cstring>

namespace pentimento
{
namespace
{
const QSize thumbnailSize(88, 60);
}

void CandidateList::add(Candidate candidate)
{
    m_candidates.push_back(std::move(candidate));
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

bool CandidateList::canKeep(const QImage& picture) const
{
    const Candidate* candidate = shown();
    if (!candidate || !picture.rect().contains(candidate->variant.rect) || picture.format() != candidate->base.format())
        return false;
    const QRect rect = candidate->variant.rect;
    const auto pixel = std::size_t(picture.depth()) / 8;
    for (int y = 0; y < rect.height(); ++y) {
        const uchar* alpha = candidate->variant.alpha.constScanLine(y);
        const uchar* now = picture.constScanLine(rect.y() + y) + pixel * std::size_t(rect.x());
        const uchar* then = candidate->base.constScanLine(y);
        for (int x = 0; x < rect.width(); ++x) {
            const std::size_t at = pixel * std::size_t(x);
            if (alpha[x] != 0 && std::memcmp(now + at, then + at, pixel) != 0)
                return false;
        }
    }
    return true;
}

Candidate makeCandidate(const JobVariant& variant, const QImage& picture)
{
    Candidate candidate{variant, picture.copy(variant.rect), {}};
    QImage small = candidate.base.scaled(thumbnailSize, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation)
                       .convertToFormat(QImage::Format_ARGB32_Premultiplied);
    QPainter painter(&small);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(small.rect(), variant.shown);
    candidate.thumbnail = small;
    return candidate;
}

} // namespace pentimento
