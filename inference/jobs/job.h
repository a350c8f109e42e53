// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/picture_file.h"
#include "inference/api/request.h"

#include <filesystem>

namespace pentimento {

/// Files of this machine that a job writes. A server's jobs have none.
struct JobFiles {
    std::filesystem::path output; ///< empty: the pictures go back to the one who asked
    std::filesystem::path pasteMask;
    std::filesystem::path previewDir;
    bool overwrite = false;
};

/// A request together with what is done around it: where its picture came from and what its result becomes.
struct Job {
    Request request;
    Picture picture;                     ///< the edited one with profile and EXIF; empty for Task::Generate
    FileFormat format = FileFormat::Png; ///< of results that are no files
    int quality = 95;                    ///< 1..100, JPEG and WebP
    bool previews = false;               ///< preview events are wanted
    JobFiles files;
};

} // namespace pentimento
