/** The host-local plugin. */
import { plugin } from '../host-local/main.ts'
import { runProcess } from './run-process.ts'

export const start = (): never => runProcess([plugin])
