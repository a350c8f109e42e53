// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDirIterator>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

/// The real program, run in a folder of its own that holds a picture and a mask.
class Program {
public:
    struct Run {
        int status = -1; ///< -1: it crashed or did not end
        QString out, err;
    };

    /// Of the model's own golden run: 256 x 256.
    bool preparePictures() const
    {
        return QFile::copy(starter() + QStringLiteral("/golden_picture.png"), path(QStringLiteral("picture.png"))) &&
               QFile::copy(starter() + QStringLiteral("/golden_mask.png"), path(QStringLiteral("mask.png")));
    }

    Run run(const QStringList& arguments) const { return start(executable(), arguments); }

    /// `outputFile`: where the standard output goes instead of Run::out.
    Run start(const QString& program, const QStringList& arguments, const QString& outputFile = {}) const
    {
        QProcess process;
        process.setWorkingDirectory(m_folder.path());
        if (!outputFile.isEmpty())
            process.setStandardOutputFile(outputFile);
        process.start(program, arguments);
        if (!process.waitForFinished(300000) || // under a sanitizer a run takes minutes
            process.exitStatus() != QProcess::NormalExit)
            return {-1, {}, QString::fromUtf8(process.readAllStandardError())};
        return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
                QString::fromUtf8(process.readAllStandardError())};
    }

    void write(const QString& name, const QByteArray& bytes) const
    {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
    }

    QByteArray read(const QString& name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    /// Name and size of everything in the folder, hidden files included.
    QStringList contents() const
    {
        QStringList list;
        QDirIterator files(m_folder.path(), QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            const QString file = files.next();
            list << file + QLatin1Char(' ') + QString::number(files.fileInfo().isFile() ? files.fileInfo().size() : 0);
        }
        list.sort();
        return list;
    }

    QString folder() const { return m_folder.path(); }
    QString path(const QString& name) const { return m_folder.filePath(name); }
    static QString executable() { return QStringLiteral(PENTIMENTO_BINARY_DIR "/bin/pentimento"); }
    static QString starter() { return QStringLiteral(PENTIMENTO_SOURCE_DIR "/resources/models/starter"); }

private:
    QTemporaryDir m_folder;
};
