// Writes src/api/schema.ts, the TypeScript of the server's wire types.
//
//   npm run generate                 runs `python -m agent_desk.openapi` in the project
//   npm run generate -- FILE.json    reads an OpenAPI file instead
//
// PYTHON names the interpreter; without it the project's .venv, then python3.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const web = dirname(dirname(fileURLToPath(import.meta.url)))
const project = resolve(web, '../..')
const target = join(web, 'src/api/schema.ts')

function readSchema() {
  const file = process.argv[2]
  if (file) return readFileSync(file, 'utf8')
  const own = join(project, '.venv/bin/python')
  const python = process.env.PYTHON || (existsSync(own) ? own : 'python3')
  return execFileSync(python, ['-m', 'agent_desk.openapi'], {
    cwd: project,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 600_000,
  })
}

try {
  const types = astToString(await openapiTS(JSON.parse(readSchema())))
  const text = `// Generated from the server's OpenAPI schema by npm run generate; do not edit.\n${types}`
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text)
} catch (error) {
  console.error(`The wire types cannot be generated: ${error.message.split('\n')[0]}`)
  process.exit(1)
}
