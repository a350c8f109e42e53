// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QTcpServer>
#include <QTcpSocket>

#include <memory>
#include <vector>

namespace pentimento {

/// A line to a port of this machine that can go dead. Works while the thread that made it runs its events.
class TcpRelay {
public:
    enum State {
        Open,
        Cut,   ///< connections break off, new ones are refused
        Silent ///< connections stay, nothing comes through; what was sent comes when the line is open again
    };

    explicit TcpRelay(int target) : m_target(static_cast<quint16>(target))
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] { join(); });
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("the relay has no port");
        m_port = m_server.serverPort();
    }

    int port() const { return m_port; }

    void setState(State state)
    {
        m_state = state;
        if (state == Cut) {
            m_server.close();
            for (const auto& line : m_lines) {
                line->client->abort();
                line->server.abort();
            }
            m_lines.clear();
        } else if (!m_server.isListening() && !m_server.listen(QHostAddress::LocalHost, m_port)) {
            qFatal("the relay's port is taken");
        }
        for (const auto& line : m_lines)
            pass(*line);
    }

private:
    struct Line {
        std::unique_ptr<QTcpSocket> client;
        QTcpSocket server;
    };

    void join()
    {
        while (QTcpSocket* socket = m_server.nextPendingConnection()) {
            socket->setParent(nullptr);
            m_lines.push_back(std::make_unique<Line>());
            Line* line = m_lines.back().get();
            line->client.reset(socket);
            for (QTcpSocket* end : {socket, &line->server}) {
                QObject::connect(end, &QTcpSocket::readyRead, end, [this, line] { pass(*line); });
                QObject::connect(end, &QTcpSocket::disconnected, end, [this, line] {
                    if (m_state == Open) {
                        pass(*line);
                        line->client->disconnectFromHost();
                        line->server.disconnectFromHost();
                    }
                });
            }
            QObject::connect(&line->server, &QTcpSocket::connected, &line->server, [this, line] { pass(*line); });
            line->server.connectToHost(QHostAddress::LocalHost, m_target);
        }
    }

    void pass(Line& line)
    {
        if (m_state != Open || line.server.state() != QAbstractSocket::ConnectedState)
            return;
        line.server.write(line.client->readAll());
        line.client->write(line.server.readAll());
    }

    quint16 m_target, m_port = 0;
    State m_state = Open;
    QTcpServer m_server;
    std::vector<std::unique_ptr<Line>> m_lines;
};

} // namespace pentimento
