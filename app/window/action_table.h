// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QKeySequence>
#include <QList>
#include <QString>

#include <span>

namespace pentimento {

enum class ActionId {
    Open,
    Paste,
    Save,
    SaveAs,
    Export,
    CloseWindow,
    Quit,
    Undo,
    Redo,
    Copy,
    Brush,
    Eraser,
    Pan,
    SwapBrush,
    SizeDown,
    SizeUp,
    HardnessDown,
    HardnessUp,
    InvertMask,
    ClearMask,
    LoadMask,
    SaveMask,
    ShowMask,
    MaskColor,
    ZoomIn,
    ZoomOut,
    Fit,
    ActualSize,
    PanHold,
    FocusCanvas,
    ModeFill,
    ModeErase,
    ModeRefine,
    FocusPrompt,
    Models,
    Server,
    Generate,
    Escape,
    Keep,
    Discard,
    Again,
    Previous,
    Next,
    Compare,
    Log,
    Help,
    About,
};

/// One line of the table: everything the program can be told to do, with its keys. The keyboard help, the menus, the
/// tooltips and later the shortcut editor all come from here.
struct ActionSpec {
    enum class Group { File, Edit, Tools, Mask, View, Run, Help };
    ActionId id;
    Group group;
    const char* text; ///< menu text, source for tr("...", "Actions")
    const char* tip;  ///< one sentence, no key
    QList<QKeySequence> keys;
    bool held = false; ///< acts while the key is down; no QAction shortcut
};

std::span<const ActionSpec> actionTable();
const ActionSpec& actionSpec(ActionId id);
QString actionText(const ActionSpec& spec); ///< translated, with its mnemonic
QString actionTip(const ActionSpec& spec);  ///< translated, with its keys
QString actionKeys(const ActionSpec& spec); ///< "Ctrl+Shift+Z, Ctrl+Y"
QString actionGroupName(ActionSpec::Group group);

/// A key that means something in a text field, so that it must not act as a shortcut there.
bool isTypingKey(const QKeySequence& key);

} // namespace pentimento
