/**
 * The language of the pages. The Chinese sentence itself is the key: `t('还剩 {count} 项', { count })`.
 * English sentences stand in `en/`, one file per part of the pages, and are loaded when they are
 * first asked for. A sentence without English is shown in Chinese.
 */
import { computed, watchEffect } from 'vue'
import { createI18n } from 'vue-i18n'

export type Language = 'zh' | 'en'

const KEPT_AS = 'yihu.language'

export const i18n = createI18n({
  legacy: false,
  locale: 'zh',
  fallbackLocale: [],
  fallbackFormat: true, // placeholders are filled in the Chinese key too
  missingWarn: false,
  fallbackWarn: false,
  messages: { zh: {}, en: {} },
  // Sentences hold dots, which are no paths here.
  messageResolver: (messages, key) => (messages as Record<string, string>)[key] ?? null,
})

/** What is shown, "zh" or "en". */
export const language = computed(() => i18n.global.locale.value as Language)

/** The sentence in the language shown; follows the language wherever Vue computes it. */
export function t(chinese: string, values: Record<string, unknown> = {}): string {
  return i18n.global.t(chinese, values)
}

/** Marks a Chinese sentence that `t` gets later, where it is shown. */
export function key(chinese: string): string {
  return chinese
}

/** A word of the server's rows (a level, a status) in the language shown; others as they are. */
export function word(chinese: string): string {
  const english = i18n.global.messages.value.en as Record<string, string>
  return language.value === 'en' ? (english[chinese] ?? chinese) : chinese
}

/** A name of the server's rows, in English with the Chinese that is said and stored after it. */
export function named(chinese: string): string {
  const english = word(chinese)
  return english === chinese ? chinese : `${english} ${chinese}`
}

const HAN = /\p{Script=Han}/u

/** `texts` whose Chinese sentences, at whatever depth, are read in the language shown. */
export function spoken<T extends object>(texts: T): T {
  for (const [name, value] of Object.entries(texts) as [string, unknown][]) {
    if (typeof value === 'object' && value !== null) spoken(value)
    else if (typeof value === 'string' && HAN.test(value)) {
      Object.defineProperty(texts, name, { get: () => t(value), enumerable: true })
    }
  }
  return texts
}

/** Shows the pages in a language and keeps the choice in this browser. */
export async function speak(wanted: Language): Promise<void> {
  if (wanted === 'en') i18n.global.setLocaleMessage('en', (await import('./en')).default)
  i18n.global.locale.value = wanted
  localStorage.setItem(KEPT_AS, wanted)
}

/** Shows the language chosen earlier in this browser. */
export async function speakAsBefore(): Promise<void> {
  if (localStorage.getItem(KEPT_AS) === 'en') await speak('en')
}

watchEffect(() => {
  document.documentElement.lang = language.value === 'en' ? 'en' : 'zh-CN'
})
