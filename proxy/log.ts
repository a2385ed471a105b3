/** Log lines: JSON by pino, or the same records as text for people. Composition roots open it; the rest of the proxy gets a Log. */
import { pino } from 'pino'

/** `info` = one line per change; `debug` and `trace` add details. */
export type LogLevel = 'info' | 'debug' | 'trace'
export type LogFormat = 'text' | 'json'

/** What a line says beside its message: `service`, `reason`, `seconds`. Errors are allowed as values. */
export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  trace(message: string, fields?: LogFields): void
}

export interface LogSettings {
  readonly level: LogLevel
  readonly format: LogFormat
  /** Takes whole lines, each with its line feed; pino.destination(2) or a test's array. */
  readonly destination: { write(line: string): unknown }
}

/** A log that writes to `destination` what is at or above `level`. */
export const openLog = ({ level, format, destination }: LogSettings): Log => {
  const lines = format === 'json' ? destination : { write: (line: string) => destination.write(`${textOf(line)}\n`) }
  const logger = pino({ level, base: null, messageKey: 'message', timestamp, formatters: { level: (label) => ({ level: label }) } }, lines)
  const at =
    (label: LogLevel | 'error' | 'warn') =>
    (message: string, fields: LogFields = {}): void =>
      logger[label](readable(fields), message)
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), trace: at('trace') }
}

/** Writes synchronously to standard error, so that the last line before an exit is not lost. */
export const standardError = (): LogSettings['destination'] => pino.destination({ dest: 2, sync: true })

const timestamp = (): string => `,"time":"${new Date().toISOString()}"`

/** Errors become their message, bigints (IPVS counters) text: neither survives JSON. */
const readable = (fields: LogFields): LogFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (value instanceof Error) return [name, value.message]
      return [name, typeof value === 'bigint' ? String(value) : value]
    }),
  )

/** `2026-01-02T03:04:05.678Z INFO  added service=default/web endpoints=3` of one record. */
const textOf = (line: string): string => {
  const { level, time, message, ...fields } = JSON.parse(line) as Record<string, unknown>
  const words = Object.entries(fields).map(([name, value]) => `${name}=${wordOf(value)}`)
  return [time, String(level).toUpperCase().padEnd(5), printable(String(message)), ...words].join(' ')
}

const wordOf = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return /^[\w./:,@%+[\]-]+$/.test(text) ? text : quoted(text)
}

/** Messages may quote what a hostile object said: no line feeds, no escape sequences. */
const printable = (text: string): string => (/\p{Cc}/u.test(text) ? quoted(text) : text)

/** JSON text, with the control characters escaped that JSON allows. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
