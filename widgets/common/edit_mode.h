// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QPair>
#include <QString>
#include <QStringList>

#include <optional>

namespace pentimento {

/// Fill: new content by prompt. Erase: continue the surroundings. Refine: keep the structure, change the look.
enum class EditMode { Fill, Erase, Refine };
inline constexpr int editModeCount = 3;

/// The numbers of a run that a model states defaults for.
struct RunNumbers {
    int steps = 25;
    double guidance = 7;
    double strength = 1;
    QString scheduler; ///< "model" or a name the engine knows
};

/// A LoRA file and how strongly it counts.
struct LoraWeight {
    QString path;
    double weight = 1;
    bool operator==(const LoraWeight&) const = default;
};

/// What a ControlNet looks at: a picture file, or the document turned into lines, or with what is masked marked.
enum class ControlLook { Canny, Lineart, Scribble, Inpaint, Picture };

/// A ControlNet and what steers it.
struct ControlSetting {
    QString model; ///< path; empty: none chosen yet
    ControlLook look = ControlLook::Canny;
    QString picture;          ///< file, for Picture
    double scale = 1;         ///< 0..2; 0 does nothing
    int start = 0, end = 100; ///< percent of the run in which it steers, start below end
    bool operator==(const ControlSetting&) const = default;
};

/// A ControlNet as the window offers it.
struct ControlNetChoice {
    QString name;
    QString path;
    QString family;  ///< as a model's
    QString facts;   ///< one line: family, parameters, size
    QString problem; ///< why it cannot be used; empty if it can
    bool operator==(const ControlNetChoice&) const = default;
};

/// A model as the window offers it.
struct ModelChoice {
    QString name;
    QString path;
    QString problem;                      ///< why it cannot be used; empty if it can
    QString family;                       ///< "sd1", "sd2", "sdxl" or "other"
    QString kind;                         ///< "Stable Diffusion 1 · made for inpainting"; empty when it cannot be read
    QString facts;                        ///< one line: family, parameters, licence
    QList<QPair<QString, QString>> table; ///< all that is known, name and value
    QString notes;
    bool bundled = false;    ///< came with the program
    bool singleFile = false; ///< one that can become a folder
    bool own = false;        ///< in the user's own place, where the program may delete it
    RunNumbers defaults[editModeCount];
    int sizeMultiple = 64;               ///< of the sides it is worked at, px
    int nativeSize = 512;                ///< px
    int largestSize[editModeCount] = {}; ///< px; 0: by the native one
    QStringList suggestions;             ///< prompts it knows; empty: not restricted
};

} // namespace pentimento
