// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/app/cli/program.h"

#include <csignal>

/// `pentimento serve` at a free port, in the folder of a Program; ended with it.
class ServeProcess {
public:
    explicit ServeProcess(const Program& program, const QStringList& more = {})
    {
        m_process.setWorkingDirectory(program.folder());
        m_process.start(Program::executable(),
                        QStringList{QStringLiteral("serve"), QStringLiteral("--port"), QStringLiteral("0")} + more);
        while (!m_process.canReadLine() && m_process.waitForReadyRead(30000)) {
        }
        m_url = QString::fromUtf8(m_process.readLine()).trimmed();
        if (!m_url.startsWith(QStringLiteral("http://")))
            qFatal("the server did not start: %s", m_process.readAllStandardError().constData());
    }
    ~ServeProcess()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        m_process.kill();
        m_process.waitForFinished();
    }

    QString url() const { return m_url; }
    int port() const { return m_url.mid(m_url.lastIndexOf(QLatin1Char(':')) + 1).toInt(); }
    void signal(int number) const { ::kill(static_cast<pid_t>(m_process.processId()), number); }
    /// The exit status, -1 when it does not end in time or crashes.
    int ended(int milliseconds)
    {
        return m_process.waitForFinished(milliseconds) && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode()
                                                                                                         : -1;
    }

private:
    QProcess m_process;
    QString m_url;
};
