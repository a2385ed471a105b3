#!/usr/bin/env node
/** The command: picks the folder that does it, and tells the process how it went. */
import fs from 'node:fs'
import { constants } from 'node:os'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { hasCode, reasonOf } from '#kernel/errno.ts'
import { UsageError } from './flags/flag.ts'
import { asksFor } from './flags/parse.ts'
import { similarName } from './flags/similar.ts'
import manifest from './package.json' with { type: 'json' }

/** A subcommand. Each loads its own modules when it is asked for: the others' would take longer than what it does. */
interface Command {
  readonly help: () => Promise<string>
  /** Its exit status. */
  readonly run: (argv: readonly string[]) => Promise<number>
}

/** Beside the sources, and beside what is built of them (dist/selvedge). */
const EXECUTABLES = import.meta.url.endsWith('/selvedge.ts') ? 'dist/bin' : '../bin'

const ownExecutables = (): string => fileURLToPath(new URL(EXECUTABLES, import.meta.url))

const SUCCESS = 0
const FAILURE = 1
const USAGE = 2

/** Errors that only a mistake in this program throws. */
const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError]

const HELP = `NAME
    selvedge - a node's networking on top of flannel

SYNOPSIS
    selvedge COMMAND [--FLAG=VALUE ...]
    selvedge --help | --version

COMMANDS
    proxy      give Kubernetes Services their addresses on this node, with the
               kernel's IPVS
    install    put the CNI executables and the node's conflist where the
               container runtime looks for them
    doctor     look whether this node has what install and proxy need
    status     show the Services of this node: endpoints, connections, drift
    cleanup    remove what proxy keeps on this node

    selvedge COMMAND --help, or selvedge help COMMAND, tells all about one.

EXIT STATUS
    0  done
    1  failed; standard error says why
    2  the arguments make no sense; nothing was done
`

const proxy: Command = {
  help: async () => (await import('./proxy/options/help.ts')).proxyHelp(),
  run: async (argv) => {
    const { parseProxyOptions } = await import('./proxy/options/options.ts')
    const options = parseProxyOptions(argv, process.env)
    if (options.cleanup) return (await import('./proxy/cleanup/main.ts')).runCleanup({ ...options, force: false })
    const signal = stopSignal()
    // A rejection that nobody caught comes here too.
    process.on('uncaughtException', (error) => void explain('proxy', error, argv).then((status) => process.exit(status)))
    const { runProxy } = await import('./proxy/main.ts')
    return runProxy({ options, version: manifest.version, signal })
  },
}

const install: Command = {
  help: async () => (await import('./conflist/help.ts')).installHelp(),
  run: async (argv) => {
    const { parseInstallOptions } = await import('./conflist/options.ts')
    const options = parseInstallOptions(argv, process.env)
    const [{ install }, { LINKS }, { readInLargePieces }] = await Promise.all([
      import('./conflist/install.ts'),
      import('./conflist/flannel-links.ts'),
      import('#kernel/page-cache.ts'),
    ])
    const machine = { fs, now: Date.now(), executables: ownExecutables(), links: LINKS, readInLargePieces }
    for (const { path, outcome, warnings } of install(machine, options)) {
      process.stdout.write(`${outcome} ${path}\n`)
      for (const warning of warnings) process.stderr.write(`selvedge install: warning: ${warning}\n`)
    }
    return SUCCESS
  },
}

const cleanup: Command = {
  help: async () => (await import('./proxy/cleanup/help.ts')).cleanupHelp(),
  run: async (argv) => {
    const { parseCleanupOptions } = await import('./proxy/cleanup/options.ts')
    const options = parseCleanupOptions(argv)
    const { runCleanup } = await import('./proxy/cleanup/main.ts')
    return runCleanup(options)
  },
}

const doctor: Command = {
  help: async () => (await import('./doctor/help.ts')).doctorHelp(),
  run: async (argv) => {
    const { parseDoctorOptions } = await import('./doctor/options.ts')
    const options = parseDoctorOptions(argv)
    const { runDoctor } = await import('./doctor/main.ts')
    return runDoctor(options, ownExecutables())
  },
}

const showStatus: Command = {
  help: async () => (await import('./proxy/status/help.ts')).statusHelp(),
  run: async (argv) => {
    const { parseStatusOptions } = await import('./proxy/status/options.ts')
    const options = parseStatusOptions(argv)
    const { runStatus } = await import('./proxy/status/main.ts')
    return runStatus(options)
  },
}

const COMMANDS: Readonly<Record<string, Command>> = { proxy, install, doctor, status: showStatus, cleanup }

/** Runs the command of an argument list; its exit status. */
const main = async ([name = '', ...argv]: readonly string[]): Promise<number> => {
  if (name === 'help') return main([...argv.slice(0, 1), '--help'])
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  const own = command === undefined ? [name] : argv
  if (asksFor(own, 'help', 'h')) return print((await command?.help()) ?? HELP)
  if (asksFor(own, 'version', 'V')) return print(`selvedge ${manifest.version}\n`)
  if (command === undefined) return complain('selvedge', [noSuchCommand(name)], USAGE)
  try {
    return await command.run(argv)
  } catch (error) {
    return explain(name, error, argv)
  }
}

const noSuchCommand = (name: string): string => {
  const names = Object.keys(COMMANDS)
  const similar = similarName(name, names)
  if (similar !== undefined) return `there is no command ${JSON.stringify(name)}: is ${similar} meant?`
  const what = name === '' ? 'a command is missing' : `there is no command ${JSON.stringify(name)}`
  return `${what}: expected one of ${names.join(', ')}`
}

const print = (text: string): number => {
  process.stdout.write(text)
  return SUCCESS
}

/** Tells what ended a command; its exit status. */
const explain = async (name: string, error: unknown, argv: readonly string[]): Promise<number> => {
  const status = error instanceof UsageError ? USAGE : FAILURE
  if (name === 'proxy') {
    const { logLastWords, logsJson } = await import('./proxy/last-words.ts')
    if (logsJson(argv)) {
      logLastWords(error instanceof UsageError ? error.problems : [textOf(error)])
      return status
    }
  }
  return complain(`selvedge ${name}`, error instanceof UsageError ? error.problems : textOf(error).split('\n'), status)
}

/** For a fault of this program the place is what its author needs; everything else is told by its message. */
const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return BUGS.some((kind) => error instanceof kind) ? (error.stack ?? error.message) : error.message
}

const complain = (command: string, lines: readonly string[], status: number): number => {
  const hint = status === USAGE ? `See ${command} --help.\n` : ''
  process.stderr.write(`${lines.map((line) => `${command}: ${line}\n`).join('')}${hint}`)
  return status
}

/** Aborted by the first SIGTERM or SIGINT; the second one ends the process at once. */
const stopSignal = (): AbortSignal => {
  const controller = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Not left to the default action: as process 1 of a container we would have none.
    process.on(signal, () => (controller.signal.aborted ? process.exit(128 + constants.signals[signal]) : controller.abort()))
  }
  return controller.signal
}

/** What was printed and could not be: told, but for a reader that has had enough, as head has. */
const unprinted: Error[] = []
process.stdout.on('error', (error) => unprinted.push(error))

const status = await main(process.argv.slice(2))
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
const [failure] = unprinted.filter((error) => !hasCode(error, 'EPIPE'))
process.exit(failure === undefined ? status : complain('selvedge', [`standard output: ${reasonOf(failure)}`], FAILURE))
