import { incremental } from './incremental/loop.ts'

incremental(1_000)
