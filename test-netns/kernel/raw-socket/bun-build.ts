/** Run by Bun: `bun-build.ts OUTFILE` makes an executable of bun-main.ts in which the `netlink` package runs on our raw socket. */
declare const Bun: { build(options: object): Promise<{ readonly success: boolean }> }

const ours = new URL('../../../kernel/netlink/raw-socket.ts', import.meta.url).pathname

await Bun.build({
  entrypoints: [new URL('./bun-main.ts', import.meta.url).pathname],
  compile: { outfile: process.argv[2] },
  target: 'bun',
  plugins: [
    {
      name: 'netlink on our raw socket',
      setup: (build: { onResolve(where: { filter: RegExp }, how: () => { path: string }): void }) =>
        build.onResolve({ filter: /^\.\/raw$/ }, () => ({ path: ours })),
    },
  ],
})
