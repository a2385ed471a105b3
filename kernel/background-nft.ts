/** What nftables.ts does by nft(8), while this process goes on. */
import type { BackgroundCommands } from './background-command.ts'
import { assertDone, listed, listWords, type NftFamily, type NftObject, SCRIPT } from './nftables.ts'

export interface BackgroundNft {
  /** As Nftables.transaction. @throws NftError, CommandError */
  transaction(script: string): Promise<void>
  /** As Nftables.listTable. @throws NftError, CommandError, TypeError */
  listTable(family: NftFamily, name: string, options?: { readonly terse?: boolean }): Promise<NftObject[] | undefined>
}

export const openBackgroundNft = (commands: BackgroundCommands): BackgroundNft => ({
  transaction: async (script) => assertDone(await commands.run('nft', SCRIPT, script)),
  listTable: async (family, name, options) => {
    const words = listWords(family, name, options)
    return listed(words, await commands.run('nft', words))
  },
})
