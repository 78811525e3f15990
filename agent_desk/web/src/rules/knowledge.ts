/** What the page asks the knowledge base, and what it makes of the answers. */
import type { ArticleFound, SuggestionInfo } from '@/api/types'
import { t } from '@/locales'
import type { Transcript } from './transcript'

const MOST_ASKED = 300 // characters; the question is at the end of what was said
const LIKELY_ENOUGH = 0.4
const QUESTIONS = 'Q' // begins the code of a category that is a question

/** The caller's own finished words, newest last. */
export function callerWords(transcript: Transcript | null): string {
  const said = (transcript?.utterances ?? []).filter((one) => one.role === 'caller')
  return said
    .map((one) => one.text)
    .join('，')
    .slice(-MOST_ASKED)
}

/** In an emergency nothing is looked up by itself. */
export function mayPropose(suggestion: SuggestionInfo | null): boolean {
  return suggestion?.emergency.label !== 'emergency'
}

/** Whether the call is taken for a question that an article may answer. */
export function isQuestion(suggestion: SuggestionInfo | null): boolean {
  if (!suggestion || !mayPropose(suggestion)) return false
  const likeliest = suggestion.category ?? suggestion.alternatives[0]
  return likeliest?.code.startsWith(QUESTIONS) ?? false
}

/**
 * The category whose questions and advice help now: the one suggested, or where that is in
 * doubt the likeliest, marked as a guess, if it is likely enough.
 */
export function adviceFor(suggestion: SuggestionInfo | null): { code: string; guessed: boolean } {
  if (suggestion?.category && !suggestion.abstain) {
    return { code: suggestion.category.code, guessed: false }
  }
  const likeliest = suggestion?.alternatives[0]
  const fits = likeliest !== undefined && likeliest.p >= LIKELY_ENOUGH
  return { code: fits ? likeliest.code : '', guessed: fits }
}

/** What is written into the order as the answer that was given. */
export function answerText(article: ArticleFound): string {
  return `${article.answer}\n（知识库 ${article.code}《${article.title}》）`
}

/** `2026-01-01 起`, `至 2026-12-31`, both, or `长期有效`. */
export function validity(article: {
  valid_from: string | null
  valid_until: string | null
}): string {
  const from = article.valid_from ? t('{valid_from} 起', { valid_from: article.valid_from }) : ''
  const until = article.valid_until
    ? t('至 {valid_until}', { valid_until: article.valid_until })
    : ''
  return [from, until].filter(Boolean).join(' ') || t('长期有效')
}
