/** The bridge plugin; host-local runs in its process. */
import { plugin as bridge } from '../bridge/main.ts'
import { plugin as hostLocal } from '../host-local/main.ts'
import { runProcess } from './run-process.ts'

export const start = (): never => runProcess([bridge, hostLocal])
