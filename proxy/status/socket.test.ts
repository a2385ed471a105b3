import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import t from 'tap'
import type { Item } from '../services/item.ts'
import { type Holding, type ProxyFacts, parseSnapshot, snapshotPieces } from './snapshot.ts'
import { askStatus, serveStatus, socketPath } from './socket.ts'

const proxy: ProxyFacts = {
  version: '1',
  node: 'node-a',
  pid: 1,
  startedAt: 0,
  healthy: true,
  ready: true,
  eligible: true,
  reasons: [],
  services: 1,
  waiting: 0,
  failures: [],
}
const holding = (index: number): Holding => ({
  item: { kind: 'element', set: 'address4', element: `10.96.${index}` } as Item,
  owners: ['a/b'],
})
/** A short path: a socket's has at most 107 bytes. */
const folderFor = (owner: { teardown(action: () => void): void }): string => {
  const folder = mkdtempSync(join(tmpdir(), 'status-'))
  owner.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

t.test('what the proxy tells arrives whole, piece by piece, with turns for others in between', async (t) => {
  const path = join(folderFor(t), 'run', 'status')
  let turns = 0
  const counted = () => {
    turns += 1
    return turn()
  }
  const many = Array.from({ length: 2_500 }, (_, index) => holding(index))
  const server = await serveStatus({ path, pieces: () => snapshotPieces(proxy, many), turn: counted })
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.strictSame(parseSnapshot((await askStatus(path)) ?? ''), { proxy, holdings: many })
  t.equal(turns, 4)
  await server.close()
  t.notOk(existsSync(path))
})

t.test("the socket is its owner's alone from its first moment, whatever the umask", async (t) => {
  const folder = folderFor(t)
  const path = join(folder, 'status')
  const before = process.umask(0)
  t.teardown(() => process.umask(before))
  const starting = serveStatus({ path, pieces: () => [], turn })
  const [name = ''] = readdirSync(folder)
  t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, 'before anybody else had a turn')
  t.equal(process.umask(), 0, 'the umask is as it was')
  await (await starting).close()
})

t.test('where no proxy was started, or one was killed, nobody answers', async (t) => {
  const folder = folderFor(t)
  t.equal(await askStatus(join(folder, 'none')), undefined)
})

t.test('a file that a killed proxy left is replaced', async (t) => {
  const path = join(folderFor(t), 'status')
  writeFileSync(path, '')
  const server = await serveStatus({ path, pieces: () => snapshotPieces(proxy, []), turn })
  t.teardown(() => server.close())
  t.strictSame(parseSnapshot((await askStatus(path)) ?? ''), { proxy, holdings: [] })
})

t.test('of two proxies the newer answers, also when the older one has ended; then nobody does', async (t) => {
  const folder = folderFor(t)
  const path = join(folder, 'status')
  const older = await serveStatus({ path, pieces: () => ['older'], turn })
  const newer = await serveStatus({ path, pieces: () => ['newer'], turn })
  t.equal(await askStatus(path), 'newer')
  await older.close()
  t.equal(await askStatus(path), 'newer')
  await newer.close()
  t.equal(await askStatus(path), undefined)
  t.strictSame(readdirSync(folder), [])
})

t.test('an answer that cannot be made ends the connection, and nothing else', async (t) => {
  const path = join(folderFor(t), 'status')
  let broken = true
  const pieces = function* () {
    yield '{}\n'
    if (broken) throw new Error('a fault of ours')
  }
  const server = await serveStatus({ path, pieces, turn })
  t.teardown(() => server.close())
  await t.rejects(askStatus(path))
  broken = false
  t.equal(await askStatus(path), '{}\n')
})

t.test('an answer that was cut short is no snapshot', async (t) => {
  t.throws(() => parseSnapshot('{"version":"1"}\n{"item":'), SyntaxError)
})

t.test('each network namespace has a socket of its own', async (t) => {
  t.match(socketPath('/folder'), /^\/folder\/status\.\d+$/)
})
