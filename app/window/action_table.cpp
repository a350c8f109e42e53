// SPDX-License-Identifier: Apache-2.0
#include "app/window/action_table.h"

#include <QCoreApplication>

#include <algorithm>

namespace pentimento {
namespace {

using Id = ActionId;
using Group = ActionSpec::Group;

#define T(text) QT_TRANSLATE_NOOP("Actions", text)

QList<QKeySequence> keys(std::initializer_list<const char*> names)
{
    QList<QKeySequence> list;
    for (const char* name : names)
        list += QKeySequence(QString::fromLatin1(name), QKeySequence::PortableText);
    return list;
}

// clang-format off
const ActionSpec table[] = {
    {Id::Open,         Group::File,  T("&Open…"),                 T("Opens a picture"),                                      keys({"Ctrl+O"})},
    {Id::Paste,        Group::Edit,  T("&Paste as new picture"),  T("Opens the picture in the clipboard"),                   keys({"Ctrl+V"})},
    {Id::Save,         Group::File,  T("&Save"),                  T("Saves the picture with the kept edits"),                keys({"Ctrl+S"})},
    {Id::SaveAs,       Group::File,  T("Save &as…"),              T("Saves under another name or format"),                   keys({"Ctrl+Shift+S"})},
    {Id::Export,       Group::File,  T("&Export…"),               T("Writes a copy; the open file stays as it is"),          keys({"Ctrl+E"})},
    {Id::CloseWindow,  Group::File,  T("&Close"),                 T("Closes this window"),                                   keys({"Ctrl+W"})},
    {Id::Quit,         Group::File,  T("&Quit"),                  T("Closes all windows"),                                   keys({"Ctrl+Q"})},
    {Id::Undo,         Group::Edit,  T("&Undo"),                  T("Takes the last stroke or kept edit back"),              keys({"Ctrl+Z"})},
    {Id::Redo,         Group::Edit,  T("&Redo"),                  T("Does it again"),                                        keys({"Ctrl+Shift+Z", "Ctrl+Y"})},
    {Id::Copy,         Group::Edit,  T("&Copy picture"),          T("Copies the picture to the clipboard"),                  keys({"Ctrl+C"})},
    {Id::Brush,        Group::Tools, T("&Brush"),                 T("Paints the mask: what should change"),                  keys({"B"})},
    {Id::Eraser,       Group::Tools, T("&Eraser"),                T("Takes the mask away"),                                  keys({"E"})},
    {Id::Pan,          Group::Tools, T("&Hand"),                  T("Moves the view"),                                       keys({"H"})},
    {Id::SwapBrush,    Group::Tools, T("S&wap brush and eraser"), T("Goes from brush to eraser and back"),                   keys({"X"})},
    {Id::SizeDown,     Group::Tools, T("S&maller brush"),         T("Makes the brush smaller"),                              keys({"["})},
    {Id::SizeUp,       Group::Tools, T("&Larger brush"),          T("Makes the brush larger"),                               keys({"]"})},
    {Id::HardnessDown, Group::Tools, T("S&ofter brush"),          T("Makes the brush softer"),                               keys({"Shift+[", "{", "Shift+{"})},
    {Id::HardnessUp,   Group::Tools, T("H&arder brush"),          T("Makes the brush harder"),                               keys({"Shift+]", "}", "Shift+}"})},
    {Id::InvertMask,   Group::Mask,  T("&Invert"),                T("Swaps painted and unpainted"),                          keys({"Ctrl+I"})},
    {Id::ClearMask,    Group::Mask,  T("&Clear"),                 T("Takes the whole mask away"),                            keys({"Ctrl+Shift+D"})},
    {Id::LoadMask,     Group::Mask,  T("&Load…"),                 T("Takes the mask from a picture file; white is painted"), keys({"Ctrl+Shift+O"})},
    {Id::SaveMask,     Group::Mask,  T("&Save mask…"),            T("Writes the mask as a PNG file"),                        keys({"Ctrl+Shift+M"})},
    {Id::ShowMask,     Group::Mask,  T("S&how mask"),             T("Shows or hides the mask on the canvas"),                keys({"Q"})},
    {Id::MaskColor,    Group::Mask,  T("C&olour and opacity…"),   T("How the mask looks on the canvas"),                     {}},
    {Id::ZoomIn,       Group::View,  T("Zoom &in"),               T("Shows the picture larger"),                             keys({"Ctrl++", "Ctrl+="})},
    {Id::ZoomOut,      Group::View,  T("Zoom &out"),              T("Shows the picture smaller"),                            keys({"Ctrl+-"})},
    {Id::Fit,          Group::View,  T("&Fit"),                   T("Shows the whole picture"),                              keys({"Ctrl+0"})},
    {Id::ActualSize,   Group::View,  T("&100 %"),                 T("One picture pixel is one pixel of the screen"),         keys({"Ctrl+1"})},
    {Id::PanHold,      Group::View,  T("Pan"),                    T("Drags the view while held"),                            keys({"Space"}), true},
    {Id::FocusCanvas,  Group::View,  T("&Go to canvas"),          T("Gives the keyboard to the canvas"),                     keys({"F6"})},
    {Id::ModeFill,     Group::Run,   T("&Fill"),                  T("New content by prompt"),                                keys({"Alt+1"})},
    {Id::ModeErase,    Group::Run,   T("&Erase"),                 T("Removes what is painted and continues the surroundings"), keys({"Alt+2"})},
    {Id::ModeRefine,   Group::Run,   T("&Refine"),                T("Keeps the structure and changes the look"),             keys({"Alt+3"})},
    {Id::FocusPrompt,  Group::Run,   T("Edit &prompt"),           T("Gives the keyboard to the prompt"),                     keys({"Ctrl+L"})},
    {Id::Models,       Group::Run,   T("&Models…"),               T("All models: what each can do, checking, adding"),       keys({"Ctrl+M"})},
    {Id::Server,       Group::Run,   T("&Where edits run…"),       T("This computer, or a server"),                           {}},
    {Id::Generate,     Group::Run,   T("&Generate"),              T("Makes the new content"),                                keys({"Ctrl+Return", "Ctrl+Enter"})},
    {Id::Escape,       Group::Run,   T("Ca&ncel"),                T("Stops the run; else back to the canvas; there discards the result"), keys({"Esc"})},
    {Id::Keep,         Group::Run,   T("&Keep"),                  T("Puts the shown result into the picture"),               keys({"Return", "Enter"})},
    {Id::Discard,      Group::Run,   T("&Discard"),               T("Throws the shown result away"),                         keys({"Backspace"})},
    {Id::Again,        Group::Run,   T("&Again"),                 T("Same request with another seed"),                       keys({"Ctrl+R"})},
    {Id::Previous,     Group::Run,   T("Pre&vious result"),       T("Shows the result before"),                              keys({"Left"})},
    {Id::Next,         Group::Run,   T("Ne&xt result"),           T("Shows the result after"),                               keys({"Right"})},
    {Id::Compare,      Group::Run,   T("Compare"),                T("Shows the picture without the result while held"),      keys({"\\"}), true},
    {Id::Log,          Group::View,  T("&Log"),                   T("Shows what the program does"),                          keys({"F12"})},
    {Id::Help,         Group::Help,  T("&Keyboard"),              T("All keys on one page"),                                 keys({"F1"})},
    {Id::About,        Group::Help,  T("&About Pentimento"),      T("Version and licences"),                                 {}},
};
// clang-format on
#undef T

} // namespace

std::span<const ActionSpec> actionTable()
{
    return table;
}

const ActionSpec& actionSpec(ActionId id)
{
    return *std::find_if(std::begin(table), std::end(table), [id](const ActionSpec& spec) { return spec.id == id; });
}

QString actionText(const ActionSpec& spec)
{
    return QCoreApplication::translate("Actions", spec.text);
}

QString actionTip(const ActionSpec& spec)
{
    const QString tip = QCoreApplication::translate("Actions", spec.tip);
    return spec.keys.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, spec.keys.first().toString(QKeySequence::NativeText));
}

QString actionKeys(const ActionSpec& spec)
{
    return QKeySequence::listToString(spec.keys, QKeySequence::NativeText).replace(QStringLiteral("; "), QStringLiteral(", "));
}

QString actionGroupName(ActionSpec::Group group)
{
    switch (group) {
    case Group::File: return QCoreApplication::translate("Actions", "File");
    case Group::Edit: return QCoreApplication::translate("Actions", "Edit");
    case Group::Tools: return QCoreApplication::translate("Actions", "Tools");
    case Group::Mask: return QCoreApplication::translate("Actions", "Mask");
    case Group::View: return QCoreApplication::translate("Actions", "View");
    case Group::Run: return QCoreApplication::translate("Actions", "Run");
    case Group::Help: return QCoreApplication::translate("Actions", "Help");
    }
    return {};
}

bool isTypingKey(const QKeySequence& key)
{
    const QKeyCombination first = key[0];
    const auto modifiers = first.keyboardModifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier);
    const bool functionKey = first.key() >= Qt::Key_F1 && first.key() <= Qt::Key_F35;
    return modifiers == Qt::NoModifier && !functionKey;
}

} // namespace pentimento
