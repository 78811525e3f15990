/** The knowledge base as supervisors keep it: articles, their changes, missing answers. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { ArticleChange, ArticleInfo, ArticlePage, GapInfo } from '@/api/types'
import { type ArticleDraft, textOf } from '@/rules/articles'

export type Wanted = ArticleInfo['state'] | 'all'

const PER_PAGE = 50

export const useArticleStore = defineStore('articles', () => {
  const articles = ref<ArticleInfo[]>([])
  const total = ref(0)
  const gaps = ref<GapInfo[]>([])
  const changes = ref<ArticleChange[]>([])
  let turn = 0

  /** Lists articles; `more` adds the next page to what is there. */
  async function list(words: string, state: Wanted, more = false): Promise<void> {
    const mine = ++turn
    const page = more ? Math.ceil(articles.value.length / PER_PAGE) : 0
    const query = new URLSearchParams({ words: words.trim(), state, page: String(page) })
    const found = await request<ArticlePage>('GET', `/api/knowledge/articles?${query}`)
    if (mine !== turn) return
    articles.value = more ? [...articles.value, ...found.articles] : found.articles
    total.value = found.total
  }

  async function save(draft: ArticleDraft): Promise<ArticleInfo> {
    const body = textOf(draft)
    const saved = draft.id
      ? await request<ArticleInfo>('PUT', `/api/knowledge/articles/${draft.id}`, {
          ...body,
          version: draft.version,
        })
      : await request<ArticleInfo>('POST', '/api/knowledge/articles', body)
    put(saved)
    if (draft.gapId) gaps.value = gaps.value.filter((gap) => gap.id !== draft.gapId)
    return saved
  }

  async function turnOver(article: ArticleInfo): Promise<ArticleInfo> {
    const action = article.state === 'retired' ? 'restore' : 'retire'
    const saved = await request<ArticleInfo>(
      'POST',
      `/api/knowledge/articles/${article.id}/${action}`,
      { version: article.version },
    )
    put(saved)
    return saved
  }

  function put(saved: ArticleInfo): void {
    const others = articles.value.filter((one) => one.id !== saved.id)
    if (others.length === articles.value.length) total.value += 1
    articles.value = [saved, ...others]
  }

  async function loadChanges(id: string | null): Promise<void> {
    changes.value = []
    if (id) {
      changes.value = await request<ArticleChange[]>('GET', `/api/knowledge/articles/${id}/changes`)
    }
  }

  async function loadGaps(): Promise<void> {
    gaps.value = await request<GapInfo[]>('GET', '/api/knowledge/gaps')
  }

  async function dismissGap(id: string, reason: string): Promise<void> {
    await request<GapInfo>('POST', `/api/knowledge/gaps/${id}/dismiss`, { reason })
    gaps.value = gaps.value.filter((gap) => gap.id !== id)
  }

  return { articles, total, gaps, changes, list, save, turnOver, loadChanges, loadGaps, dismissGap }
})
