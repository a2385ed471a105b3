/** Run by Bun: prints the texts, as JSON, whose hash by Bun differs from ours; and whether it is Bun's that is used. */
import { digest, sha512 } from '../../../net/sha512.ts'

const texts = ['', 'abc', 'ä€𝄞', 'a\ud800b', ...[1, 110, 111, 112, 127, 128, 129, 300].map((length) => 'x'.repeat(length))]
const started = performance.now()
for (let count = 0; count < 1000; count++) sha512('mynet')
const native = performance.now() - started
for (let count = 0; count < 1000; count++) digest('mynet')
const isNative = native < (performance.now() - started - native) / 2
process.stdout.write(JSON.stringify({ differing: texts.filter((text) => sha512(text) !== digest(text)), isNative }))
