import { incremental } from './incremental/loop.ts'

// incremental.soak.ts has a thousand.
incremental(200)
