/** The English of every Chinese sentence of the pages. */
const parts = import.meta.glob<{ default: Record<string, string> }>('./*.ts', { eager: true })

const sentences: Record<string, string> = {}
for (const [file, part] of Object.entries(parts)) {
  if (file !== './index.ts') Object.assign(sentences, part.default)
}

export default sentences
