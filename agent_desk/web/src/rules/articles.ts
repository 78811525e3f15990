/** Articles of the knowledge base as supervisors write them. */
import type { ArticleInfo, ArticleText } from '@/api/types'
import { spoken, t } from '@/locales'

export const STATE: Record<ArticleInfo['state'], { word: string; tone: 'good' | 'dim' | 'warn' }> =
  spoken({
    valid: { word: '有效', tone: 'good' },
    later: { word: '未生效', tone: 'warn' },
    expired: { word: '已过期', tone: 'warn' },
    retired: { word: '已停用', tone: 'dim' },
  })

export const ACTION: Record<string, string> = spoken({
  add: '新增',
  edit: '修改',
  retire: '停用',
  restore: '恢复',
})

export const MEMBER: Record<string, string> = spoken({
  title: '标题',
  answer: '答复',
  unit: '答复单位',
  source: '来源',
  questions: '问法',
  tags: '标签',
  valid_from: '生效日期',
  valid_until: '失效日期',
})

/** An article while it is written: lists one entry a line, dates as the date field gives them. */
export interface ArticleDraft {
  id: string | null // null for a new one
  version: number
  gapId: string | null
  title: string
  answer: string
  unit: string
  source: string
  questions: string
  tags: string
  valid_from: string
  valid_until: string
}

export function newDraft(question = '', gapId: string | null = null): ArticleDraft {
  return {
    id: null,
    version: 0,
    gapId,
    title: '',
    answer: '',
    unit: '',
    source: '',
    questions: question,
    tags: '',
    valid_from: '',
    valid_until: '',
  }
}

export function draftOf(article: ArticleInfo): ArticleDraft {
  return {
    id: article.id,
    version: article.version,
    gapId: null,
    title: article.title,
    answer: article.answer,
    unit: article.unit,
    source: article.source,
    questions: article.questions.join('\n'),
    tags: article.tags.join('\n'),
    valid_from: article.valid_from ?? '',
    valid_until: article.valid_until ?? '',
  }
}

/** What is sent; empty lines are dropped, an empty date is none. */
export function textOf(draft: ArticleDraft): ArticleText {
  return {
    title: draft.title.trim(),
    answer: draft.answer.trim(),
    unit: draft.unit.trim(),
    source: draft.source.trim(),
    questions: lines(draft.questions),
    tags: lines(draft.tags),
    valid_from: draft.valid_from || null,
    valid_until: draft.valid_until || null,
    gap_id: draft.gapId,
  }
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** A member of an article as a change shows it. */
export function told(value: unknown): string {
  if (Array.isArray(value)) return value.join('、') || t('（空）')
  return typeof value === 'string' && value ? value : t('（空）')
}
