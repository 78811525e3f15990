/** The server's refusals in the language shown. */
import { i18n, language, t } from '.'

/**
 * In English the sentence of the refusal's code, then the server's own Chinese one, which alone
 * knows names and numbers; where `en/` holds that very sentence, only its English.
 */
export function refusal(code: string, chinese: string): string {
  if (language.value !== 'en') return chinese
  const known = i18n.global.messages.value.en as Record<string, string>
  const exact = known[chinese]
  if (exact) return exact
  const name = `problem.${code}`
  return known[name] ? `${t(name)} (${chinese})` : chinese
}
