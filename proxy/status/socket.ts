/**
 * The running proxy's own socket: a file that only root may use, for `selvedge status`. Each network namespace has one, so that proxies of
 * several nodes on one machine do not meet.
 */
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { createServer, request, type Server, type ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import process from 'node:process'

const FOLDER = '/run/selvedge'

/** The socket of the network namespace that this process is in. */
export const socketPath = (folder = FOLDER): string => `${folder}/status.${statSync('/proc/self/ns/net').ino}`

export interface StatusServer {
  close(): Promise<void>
}

export interface StatusServerSettings {
  readonly path: string
  /** The answer, in pieces, made anew for each question. */
  readonly pieces: () => Iterable<string>
  /** Resolves when others had their turn. */
  readonly turn: () => Promise<void>
}

const LIMITS = { headersTimeout: 2_000, requestTimeout: 5_000, keepAliveTimeout: 1, maxHeaderSize: 4_096 }
const MAX_CONNECTIONS = 4

/**
 * Listens for questions. A socket that a killed proxy left is replaced; so is that of one that runs: the newest answers, and goes on to when
 * an older one ends. For that it is made under another name, because node:net removes the name that it made when it closes.
 * @throws Error of node:fs or node:net when it cannot listen there
 */
export const serveStatus = async ({ path, pieces, turn }: StatusServerSettings): Promise<StatusServer> => {
  // An answer that cannot be made is cut short, which whoever asked notices; it is no reason for the proxy to end.
  const server = createServer(LIMITS, (_, response) => void answer({ response, pieces, turn }).catch(() => response.destroy()))
  server.maxConnections = MAX_CONNECTIONS
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}`
  rmSync(draft, { force: true })
  await listening(server, draft)
  const { ino } = statSync(draft)
  renameSync(draft, path)
  return { close: () => closed(server, () => removeOwn(path, ino)) }
}

const answer = async ({ response, pieces, turn }: Pick<StatusServerSettings, 'pieces' | 'turn'> & { response: ServerResponse }) => {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  for (const piece of pieces()) {
    if (response.destroyed) return
    const written = response.write(piece)
    await turn()
    if (!written) await drained(response)
  }
  response.end()
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed || !response.writableNeedDrain) return resolve()
    response.once('drain', resolve)
    response.once('close', resolve)
  })

/** The file is root's alone from its first moment: node:net binds within this call, and a mode given later would come too late. */
const listening = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    const before = process.umask(0o177)
    server.listen({ path }, resolve)
    process.umask(before)
  })

const closed = (server: Server, removeFile: () => void): Promise<void> =>
  new Promise((resolve) => {
    removeFile()
    server.close(() => resolve())
    server.closeAllConnections()
  })

/** Removes the file unless another proxy has put its own there. */
const removeOwn = (path: string, ino: number): void => {
  if (statSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true })
}

const ANSWER_BYTES = 512 * 1_048_576
const ANSWER_MILLISECONDS = 30_000

/** What the proxy answers; undefined when none runs. @throws Error when one runs and does not answer, or this is not root */
export const askStatus = (path: string): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request({ socketPath: path, path: '/status', timeout: ANSWER_MILLISECONDS }, async (response) => {
      const chunks: Buffer[] = []
      let size = 0
      try {
        for await (const chunk of response) {
          size += (chunk as Buffer).length
          if (size > ANSWER_BYTES) throw new Error(`the proxy's answer is longer than ${ANSWER_BYTES} bytes`)
          chunks.push(chunk as Buffer)
        }
        resolve(Buffer.concat(chunks).toString('utf8'))
      } catch (error) {
        reject(error)
      }
    })
    asked.once('timeout', () => asked.destroy(new Error(`the proxy runs and has not answered for ${ANSWER_MILLISECONDS / 1000} s`)))
    asked.once('error', (error) => {
      // No file: none was started. Refused: it was killed.
      if ('code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')) resolve(undefined)
      else reject(error)
    })
    asked.end()
  })
