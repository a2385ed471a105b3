/**
 * How a file stands in the page cache. What read(2) brings there comes in pieces of the readahead's size at most; a mapping that asks for huge
 * pages brings 2 MiB at once, where the file system can keep them so (xfs, btrfs, ext4 since Linux 6.16), and a program that lies aligned in such
 * a file is mapped with a few of them instead of some thousand small ones.
 *
 * @see mm/filemap.c, do_sync_mmap_readahead; madvise(2), posix_fadvise(2)
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import koffi from 'koffi'

const library = koffi.load('libc.so.6')
const fadvise = library.func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)')
const mmap = library.func('intptr_t mmap(intptr_t address, uint64_t length, int protection, int flags, int fd, int64_t offset)')
const munmap = library.func('int munmap(intptr_t address, uint64_t length)')
const madvise = library.func('int madvise(intptr_t address, uint64_t length, int advice)')

const POSIX_FADV_DONTNEED = 4
const PROT_READ = 1
const MAP_SHARED = 1
const MAP_FAILED = -1
const MADV_HUGEPAGE = 14
/** Since Linux 5.14. Where a file has become shorter meanwhile, it fails; touching the memory would be the end of this process. */
const MADV_POPULATE_READ = 22

/**
 * Reads a file into the page cache anew, in pieces as large as its file system allows. Nothing depends on it: where it cannot be done (older
 * kernels, no such file, no file but a folder or a device), all stays as it is.
 */
export const readInLargePieces = (path: string): void => {
  const fd = openRegular(path)
  if (fd === undefined) return
  try {
    const { size } = fstatSync(fd)
    if (size === 0 || !mapped(fd, 1, (address) => madvise(address, 1, MADV_POPULATE_READ) === 0)) return
    forgetPages(fd)
    mapped(fd, size, (address) => {
      madvise(address, size, MADV_HUGEPAGE)
      return madvise(address, size, MADV_POPULATE_READ) === 0
    })
  } finally {
    closeSync(fd)
  }
}

/** Takes a file's pages out of the page cache, but for those that are mapped or not on the disk yet. @returns zero, or an errno */
export const forgetPages = (fd: number): number => fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)

const openRegular = (path: string): number | undefined => {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  } catch {
    return undefined
  }
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  return undefined
}

/** Runs `action` with the address of the file's first bytes. @returns its answer; false when the file cannot be mapped */
const mapped = (fd: number, bytes: number, action: (address: number) => boolean): boolean => {
  const address = Number(mmap(0, bytes, PROT_READ, MAP_SHARED, fd, 0))
  if (address === MAP_FAILED) return false
  try {
    return action(address)
  } finally {
    munmap(address, bytes)
  }
}
