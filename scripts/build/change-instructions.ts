/** Changes to the machine code of Bun's runtime, for what Bun 1.4 has no option for. Found by their surroundings; each must be there exactly once. */

interface Change {
  readonly what: string
  /** Bytes in hexadecimal, `..` stands for any. */
  readonly surroundings: string
  /** Which of them is replaced, and by what. */
  readonly index: number
  readonly becomes: number
}

/** BUN_JSC_configFile=FILE with logFile= writes to files, BUN_JSC_dumpOptions to standard output, BUN_JSC_useJIT=0 ends each call. */
const CHANGES: Readonly<Record<string, readonly Change[]>> = {
  x64: [
    {
      what: 'the search of the environment for names that begin with BUN_JSC_ (compare a byte, jump to the next when it differs: always jump)',
      surroundings: '41 80 3e 42 75 .. 41 80 7e 01 55 75 .. 41 80 7e 02 4e 75 .. 41 80 7e 03 5f 75 .. 41 80 7e 04 4a 75',
      index: 4,
      becomes: 0xeb,
    },
    {
      // JavaScriptCore touches half a megabyte from a thread of its own once the heap has 64 blocks: a call uses little of it, and shares the processor.
      what: 'the default of useWarmUpMarkedBlocks (true, followed by warmUpMarkedBlockCount 32 and warmUpMarkedBlockStartAfterBlocks 64)',
      surroundings: 'c6 05 .. .. .. .. 01 48 b8 20 00 00 00 40 00 00 00 48 89 05',
      index: 6,
      becomes: 0,
    },
  ],
  arm64: [
    {
      what: 'the search of the environment for names that begin with BUN_JSC_ (compare w10, B.NE to the next: B.AL)',
      surroundings:
        '5f 09 01 71 01 .. .. 54 2a 05 40 39 5f 55 01 71 .. .. .. 54 2a 09 40 39 5f 39 01 71 .. .. .. 54 2a 0d 40 39 5f 7d 01 71 .. .. .. 54 2a 11 40 39 5f 29 01 71',
      index: 4,
      becomes: 0x0e,
    },
  ],
}

/** @param architecture as in process.arch @returns a changed copy @throws Error when this Bun has to be looked at anew */
export const changeInstructions = (executable: Buffer, architecture: string): Buffer => {
  const result = Buffer.from(executable)
  for (const { what, surroundings, index, becomes } of CHANGES[architecture] ?? []) {
    const [place, another] = placesOf(executable, surroundings)
    if (place === undefined || another !== undefined) {
      throw new Error(`${what}: ${place === undefined ? 'not found' : 'found more than once'}; is this another Bun?`)
    }
    result[place + index] = becomes
  }
  return result
}

const placesOf = (executable: Buffer, surroundings: string): number[] => {
  const pattern = surroundings.replaceAll(/ ?([0-9a-f]{2}|\.\.)/g, (_, byte: string) => (byte === '..' ? '.' : `\\x${byte}`))
  return [...executable.toString('latin1').matchAll(new RegExp(pattern, 'gs'))].map(({ index }) => index)
}
