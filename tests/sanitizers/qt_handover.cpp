// SPDX-License-Identifier: Apache-2.0
// Linked into the tests of the preset tsan only. Qt is not built with the thread sanitizer, so the locks by which it hands
// calls to other threads are invisible to it, and every queued call would look like a race. These functions stand before
// Qt's of the same name and tell the sanitizer who hands over to whom: an emitter to its slots, a poster to its call, every
// call to the destruction of what it called. Nothing is hidden: what is touched without such a hand-over is still reported.
#include <QMetaObject>
#include <QObject>
#include <QThread>
#include <QThreadPool>

#include <dlfcn.h>

#include <functional>
#include <memory>
#include <utility>

extern "C" void __tsan_acquire(void* at);
extern "C" void __tsan_release(void* at);

namespace {

void acquire(const void* at)
{
    __tsan_acquire(const_cast<void*>(at));
}
void release(const void* at)
{
    __tsan_release(const_cast<void*>(at));
}

template <typename Function> Function* next(const char* name)
{
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

/// A slot or posted function, in the place of the real one.
class HandedOver final : public QtPrivate::QSlotObjectBase {
public:
    HandedOver(QtPrivate::QSlotObjectBase* real, const void* sender) : QSlotObjectBase(&impl), m_real(real), m_sender(sender)
    {
        release(&m_real);
    }

private:
    static void impl(int which, QSlotObjectBase* base, QObject* receiver, void** args, bool* result)
    {
        auto* const self = static_cast<HandedOver*>(base);
        acquire(&self->m_real);
        switch (which) {
        case Destroy:
            acquire(&self->m_called);
            self->m_real->destroyIfLastRef();
            delete self;
            break;
        case Call: call(*self, receiver, args); break;
        case Compare: *result = self->m_real->compare(args); break;
        default: break;
        }
    }
    static void call(HandedOver& self, QObject* receiver, void** args)
    {
        if (self.m_sender)
            acquire(self.m_sender);
        self.m_real->call(receiver, args); // Qt keeps the slot until the call is over
        release(&self.m_called);
        release(QThread::currentThread()); // for who waits for the thread's end
    }

    QSlotObjectBase* const m_real;
    const void* const m_sender; ///< null: a posted function
    const char m_called = 0;    ///< its address stands for the ends of the calls
};

} // namespace

QMetaObject::Connection QObject::connectImpl(const QObject* sender, void** signal, const QObject* receiver, void** slotPointer,
                                             QtPrivate::QSlotObjectBase* slot, Qt::ConnectionType type, const int* types,
                                             const QMetaObject* senderMetaObject)
{
    static auto* const real = next<decltype(connectImpl)>(
        "_ZN7QObject11connectImplEPKS_PPvS1_S3_PN9QtPrivate15QSlotObjectBaseEN2Qt14ConnectionTypeEPKiPK11QMetaObject");
    return real(sender, signal, receiver, slotPointer, new HandedOver(slot, sender), type, types, senderMetaObject);
}

void QMetaObject::activate(QObject* sender, const QMetaObject* metaObject, int signal, void** args)
{
    static auto* const real =
        next<void(QObject*, const QMetaObject*, int, void**)>("_ZN11QMetaObject8activateEP7QObjectPKS_iPPv");
    release(sender);
    real(sender, metaObject, signal, args);
}

bool QMetaObject::invokeMethodImpl(QObject* object, QtPrivate::QSlotObjectBase* slot, Qt::ConnectionType type, void* result)
{
    static auto* const real = next<decltype(invokeMethodImpl)>(
        "_ZN11QMetaObject16invokeMethodImplEP7QObjectPN9QtPrivate15QSlotObjectBaseEN2Qt14ConnectionTypeEPv");
    return real(object, new HandedOver(slot, nullptr), type, result);
}

void QThreadPool::start(std::function<void()> work, int priority)
{
    static auto* const real = next<void(QThreadPool*, std::function<void()>, int)>("_ZN11QThreadPool5startESt8functionIFvvEEi");
    auto handed = std::make_shared<std::function<void()>>(std::move(work));
    const void* const key = handed.get();
    std::function<void()> call = [this, handed = std::move(handed)]() mutable {
        acquire(handed.get());
        (*handed)();
        handed.reset();
        release(this);
    };
    release(key);
    real(this, std::move(call), priority);
}

bool QThreadPool::waitForDone(int milliseconds)
{
    static auto* const real = next<bool(QThreadPool*, int)>("_ZN11QThreadPool11waitForDoneEi");
    const bool done = real(this, milliseconds);
    acquire(this);
    return done;
}

bool QThread::wait(QDeadlineTimer deadline)
{
    static auto* const real = next<bool(QThread*, QDeadlineTimer)>("_ZN7QThread4waitE14QDeadlineTimer");
    const bool ended = real(this, deadline);
    if (ended)
        acquire(this);
    return ended;
}
