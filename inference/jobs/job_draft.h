// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"
#include "inference/jobs/control_values.h"
#include "inference/jobs/job.h"
#include "inference/jobs/request_values.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pentimento {

/// Who may say what: a job file of this machine's user, or anybody who reaches the server.
struct JobRules {
    bool network = false; ///< no paths: keys that name files are refused; model, lora and control_model are names
    std::uint64_t maxPixels = std::uint64_t{1} << 31; ///< of a picture, and of the working size
    std::filesystem::path folder;                     ///< what relative paths of a job file are relative to
};

/// A picture that is named but not read yet: base64 in the job, or a file.
struct PictureSource {
    std::string place; ///< its JSON path; empty: not given
    std::string base64;
    std::filesystem::path file;
    bool given() const { return !place.empty(); }
};

/// What a ControlNet is to look at; no picture: the one that is worked on.
struct ControlDraft {
    ControlSource source = ControlSource::Picture;
    PictureSource picture;
};

/// A job object whose values have been read and checked, before any file is opened.
struct JobDraft {
    Job job;
    std::string place; ///< "jobs[3]", empty for a single job
    PictureSource image, mask;
    std::vector<ControlDraft> controls;
    std::vector<std::string> controlModels;
    ControlNumbers controlNumbers;
    std::string model;
    std::vector<std::string> loras; ///< FILE[:WEIGHT] or NAME[:WEIGHT]

    /// JSON path of one of its keys, for errors.
    std::string at(std::string_view key) const;
    PlaceOfKey placeOfKey() const;
    /// An error whose place is a key as one of this job: what would be wrong usage of a command is bad input here.
    Error placed(Error error) const;
};

enum class KeyKind {
    Text,
    Whole, ///< whole number
    Number,
    Flag,        ///< true or false
    TextOrWhole, ///< 512, "512x384", "auto"
    Switch,      ///< "on", "off", true, false
    Texts,       ///< one text or a list of them
    Numbers,     ///< one number or a list of them
    Sides,       ///< "auto", "none", "X,Y,W,H" or four numbers
    Picture      ///< base64 or a data URL
};

/// One key of a job object. `name` is the command line's option with _ for -.
struct JobKey {
    std::string_view name;
    KeyKind kind;
    bool filesOnly; ///< names a file of this machine: refused over the network
    std::string_view help;
};

/// Every key there is. An object with another one is refused.
std::span<const JobKey> jobKeys();

/// Pairs of keys that say the same thing in two ways: no job has both.
std::span<const std::pair<std::string_view, std::string_view>> exclusiveJobKeys();

/// Reads the values of a job object. Throws Exception(BadInput, or Unsupported for what this version cannot do) naming
/// the JSON path of the mistake: `place` and the key.
JobDraft readJob(const Json& object, const std::string& place, const JobRules& rules);

} // namespace pentimento
