/** Every Chinese sentence of the pages goes through `t` and has its English. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parse } from '@vue/compiler-sfc'
import ts from 'typescript'
import { expect, test } from 'vitest'
import english from '@/locales/en'

const ROOT = join(import.meta.dirname, '..', 'src')
const HAN = /\p{Script=Han}/u
const MARKERS = ['t', 'spoken', 'key']
// What stays Chinese in every language, and why.
const STAYS: Record<string, Record<string, string>> = {
  'components/LanguageSwitch.vue': { 中文: 'each language is named in itself' },
  'components/learning/ItemEditor.vue': { 三级: 'a level as the rows hold it' },
  'components/seat/TextPane.vue': {
    '您好，这里是报警服务台。您如不便说话，请用短信回复：是否需要帮助、所在地址。':
      'sent to a citizen',
    '请回复您的详细地址（街道、门牌、楼层）。': 'sent to a citizen',
  },
  'rules/map.ts': Object.fromEntries(
    [...'一二三四'].map((level) => [level, 'begins a level as the rows hold it']),
  ),
  'rules/knowledge.ts': { '（知识库': "written into an order's answer" },
}

interface Found {
  file: string
  text: string
  marked: boolean
}

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return name === 'locales' ? [] : files(path)
    return /\.(vue|ts)$/u.test(name) && name !== 'schema.ts' ? [path] : []
  })
}

/** Chinese string literals of TypeScript, each with whether a marker takes it. */
function literals(file: string, code: string): Found[] {
  const source = ts.createSourceFile('code.ts', code, ts.ScriptTarget.Latest, true)
  const found: Found[] = []
  function visit(node: ts.Node): void {
    if (ts.isTypeNode(node)) return
    const plain = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)
    const text = plain || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)
    if (text && HAN.test(node.text)) {
      let marked = false
      for (let up: ts.Node = node.parent; up as ts.Node | undefined; up = up.parent) {
        if (ts.isCallExpression(up) && MARKERS.includes(up.expression.getText())) marked = true
      }
      found.push({ file, text: node.text, marked: marked && plain })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

interface TemplateNode {
  type: number
  content?: string | { loc: { source: string } }
  props?: {
    type: number
    name: string
    value?: { content: string }
    exp?: { loc: { source: string } }
  }[]
  children?: TemplateNode[]
}

function inTemplate(file: string, node: TemplateNode): Found[] {
  const found: Found[] = []
  const code = (source: string) => found.push(...literals(file, `(${source})`))
  if (node.type === 2 && typeof node.content === 'string' && HAN.test(node.content)) {
    found.push({ file, text: node.content.trim(), marked: false })
  }
  if (node.type === 5 && typeof node.content === 'object') code(node.content.loc.source)
  for (const prop of node.props ?? []) {
    if (prop.value && HAN.test(prop.value.content)) {
      found.push({ file, text: prop.value.content, marked: false })
    }
    if (prop.exp) {
      if (prop.name === 'for' && !HAN.test(prop.exp.loc.source)) continue
      code(prop.exp.loc.source)
    }
  }
  for (const child of node.children ?? []) found.push(...inTemplate(file, child))
  return found
}

function sentences(): Found[] {
  return files(ROOT).flatMap((path) => {
    const file = relative(ROOT, path)
    const text = readFileSync(path, 'utf8')
    if (!HAN.test(text)) return []
    if (path.endsWith('.ts')) return literals(file, text)
    const { descriptor } = parse(text)
    const scripts = [descriptor.script, descriptor.scriptSetup].flatMap((block) =>
      block ? literals(file, block.content) : [],
    )
    const template = descriptor.template?.ast as TemplateNode | undefined
    return template ? [...scripts, ...inTemplate(file, template)] : scripts
  })
}

const all = sentences()

test('no Chinese sentence stands outside t()', () => {
  const stray = all.filter((one) => !one.marked && !STAYS[one.file]?.[one.text.trim()])
  expect(stray.map((one) => `${one.file}: ${one.text}`)).toEqual([])
})

test('every Chinese sentence has its English', () => {
  const missing = all.filter((one) => one.marked && english[one.text] === undefined)
  expect([...new Set(missing.map((one) => `${one.file}: ${one.text}`))]).toEqual([])
})

test('an English sentence has the placeholders of its Chinese one', () => {
  const holes = (text: string) => [...text.matchAll(/\{\w+\}/gu)].map(String).sort()
  const differ = Object.entries(english).filter(
    ([chinese, said]) => holes(chinese).join() !== holes(said).join(),
  )
  expect(differ.filter(([chinese]) => HAN.test(chinese))).toEqual([])
})
