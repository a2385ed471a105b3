/**
 * The numbers of the system calls that the executables make. Only such as both processors have: arm64 has none that take a path without the
 * descriptor of a folder.
 * @see arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h
 */
export const SYS =
  process.arch === 'arm64'
    ? {
        read: 63,
        write: 64,
        pread64: 67,
        close: 57,
        openat: 56,
        unlinkat: 35,
        mkdirat: 34,
        renameat: 38,
        utimensat: 88,
        statx: 291,
        getdents64: 61,
        readlinkat: 78,
        fstatfs: 44,
        socket: 198,
        bind: 200,
        getsockname: 204,
        setsockopt: 208,
        getsockopt: 209,
        sendto: 206,
        recvfrom: 207,
        setns: 268,
        flock: 32,
      }
    : {
        read: 0,
        write: 1,
        pread64: 17,
        close: 3,
        openat: 257,
        unlinkat: 263,
        mkdirat: 258,
        renameat: 264,
        utimensat: 280,
        statx: 332,
        getdents64: 217,
        readlinkat: 267,
        fstatfs: 138,
        socket: 41,
        bind: 49,
        getsockname: 51,
        setsockopt: 54,
        getsockopt: 55,
        sendto: 44,
        recvfrom: 45,
        setns: 308,
        flock: 73,
      }
