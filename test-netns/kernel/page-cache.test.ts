import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { readInLargePieces } from '#kernel/page-cache.ts'
import { requires } from '../rig/requires.ts'

const MEBIBYTE = 1 << 20

/** How many bytes of a file are in the page cache, says util-linux. */
const cached = (path: string): number =>
  Number(execFileSync('fincore', ['--bytes', '--noheadings', '--output', 'RES', path], { encoding: 'utf8' }))

/** Out of the page cache: what is not on the disk yet stays. */
const pushOut = (path: string): void => {
  execFileSync('sync', [path])
  execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'ignore' })
}

t.test('all of a file is in the page cache afterwards, with the same content', requires('fincore'), async (t) => {
  const path = `${t.testdir()}/program`
  const content = Buffer.alloc(5 * MEBIBYTE + 123, 'selvedge')
  writeFileSync(path, content)
  pushOut(path)
  t.equal(cached(path), 0)
  readInLargePieces(path)
  t.ok(cached(path) >= content.length, `${cached(path)} bytes`)
  t.ok(readFileSync(path).equals(content))
  readInLargePieces(path)
  t.ok(cached(path) >= content.length, 'and when it was there before')
})

t.test('what is no file, or has nothing in it, is left alone', async (t) => {
  const folder = t.testdir({ empty: '' })
  mkdirSync(`${folder}/folder`)
  symlinkSync('empty', `${folder}/link`)
  execFileSync('mkfifo', [`${folder}/pipe`])
  writeFileSync(`${folder}/hole`, '')
  truncateSync(`${folder}/hole`, MEBIBYTE)
  for (const name of ['empty', 'folder', 'link', 'pipe', 'hole', 'missing', 'empty/below']) readInLargePieces(`${folder}/${name}`)
  readInLargePieces('/dev/zero')
  readInLargePieces('/proc/self/maps')
  t.equal(readFileSync(`${folder}/hole`).length, MEBIBYTE)
})
