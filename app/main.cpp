// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_line.h"
#include "app/cli/interrupt.h"
#ifdef PENTIMENTO_GUI
#include "app/window/editor_main.h"
#endif

#include <cstdio>

int main(int argc, char** argv)
{
    if (pentimento::isCommandLine(argc, argv)) {
        pentimento::installInterruptHandler();
        return pentimento::runCommandLine(argc, argv);
    }
#ifdef PENTIMENTO_GUI
    return pentimento::runEditor(argc, argv);
#else
    std::fprintf(stderr, "pentimento: error: this build has no window (%s): see pentimento --help\n",
                 argc > 1 ? argv[1] : "no command");
    return 4;
#endif
}
