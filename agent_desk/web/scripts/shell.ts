// Which built files the unit's page needs, those it loads later included: what a telephone keeps.
import type { Plugin, Rolldown } from 'vite'

const PAGE = '/src/pages/UnitPage.vue'
const LANGUAGES = '/src/locales/en/index.ts'

/** Gives the plugin that finds them, and `has(url)` to ask for afterwards. */
export function unitShell(): { plugin: Plugin; has: (url: string) => boolean } {
  const files = new Set(['index.html'])

  function take(bundle: Rolldown.OutputBundle, fileName: string, later: boolean): void {
    const chunk = bundle[fileName]
    if (chunk?.type !== 'chunk') return
    files.add(fileName)
    for (const css of chunk.viteMetadata?.importedCss ?? []) files.add(css)
    for (const other of [...chunk.imports, ...(later ? chunk.dynamicImports : [])]) {
      if (!files.has(other)) take(bundle, other, later)
    }
  }

  return {
    plugin: {
      name: 'yihu-unit-shell',
      apply: 'build',
      generateBundle(_, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type !== 'chunk') continue
          const from = chunk.facadeModuleId ?? ''
          if (chunk.isEntry) take(bundle, chunk.fileName, false)
          else if (from.endsWith(PAGE) || from.endsWith(LANGUAGES))
            take(bundle, chunk.fileName, true)
        }
      },
    },
    has: (url) => files.has(url),
  }
}
