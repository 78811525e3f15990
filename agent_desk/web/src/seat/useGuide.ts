/** What helps the seat beside the form: answers from the knowledge base, calls of one matter. */
import { ElMessage } from 'element-plus'
import { computed, onBeforeUnmount, ref, watch } from 'vue'
import type { ArticleFound } from '@/api/types'
import { t } from '@/locales'
import { attempt } from '@/realtime/attempt'
import { adviceFor, answerText, callerWords, isQuestion, mayPropose } from '@/rules/knowledge'
import { shown } from '@/rules/orderForm'
import { useCallStore } from '@/stores/call'
import { useCentreStore } from '@/stores/centre'
import { useKnowledgeStore } from '@/stores/knowledge'
import { useOrderStore } from '@/stores/order'
import { useSameMatterStore } from '@/stores/sameMatter'

export type GuideTab = 'advice' | 'knowledge'

const PROPOSE_MS = 600
const COMPARE_MS = 700
const COMPARE_AGAIN_MS = 15_000
const LEAST_WORDS = 4

/** `once` runs one action of the seat at a time and tells when it failed. */
export function useGuide(once: (action: () => Promise<unknown>) => Promise<boolean>) {
  const calls = useCallStore()
  const orders = useOrderStore()
  const centre = useCentreStore()
  const knowledge = useKnowledgeStore()
  const matters = useSameMatterStore()
  const tab = ref<GuideTab>('advice')
  const turned = ref(false) // the seat chose the tab itself in this call
  let proposing: ReturnType<typeof setTimeout> | undefined
  let comparing: ReturnType<typeof setTimeout> | undefined

  const callId = computed(() => calls.shown?.call?.id ?? null)
  const articles = computed(() => knowledge.shownFor(callId.value))
  const proposed = computed(() => (callId.value ? (knowledge.proposals[callId.value] ?? []) : []))
  const isDraft = computed(() => orders.order?.status === 'draft')

  const chosen = computed(() => (orders.form ? shown(orders.form, 'category_code') : ''))
  const advised = computed(() => adviceFor(calls.shown?.suggestion ?? null))
  /** Whose questions and advice are shown; `guessed` where nobody chose or named it. */
  const category = computed(() => centre.categories.get(chosen.value || advised.value.code) ?? null)
  const guessed = computed(() => !chosen.value && advised.value.guessed)

  // --- knowledge ---------------------------------------------------------------------------

  watch(callId, () => {
    turned.value = false
    tab.value = 'advice'
    knowledge.clear()
  })
  watch(
    () => [callId.value, callerWords(calls.shown?.transcript ?? null)] as const,
    ([id, words]) => {
      clearTimeout(proposing)
      if (!id || words.length < LEAST_WORDS) return
      proposing = setTimeout(() => {
        if (!mayPropose(calls.shown?.suggestion ?? null)) return
        // What is proposed never keeps the call from being worked on.
        void knowledge.propose(id, words).catch(() => undefined)
      }, PROPOSE_MS)
    },
    { immediate: true },
  )
  watch(
    () => proposed.value.length > 0 && isQuestion(calls.shown?.suggestion ?? null),
    (fits) => {
      if (fits && !turned.value) tab.value = 'knowledge'
    },
  )

  function choose(id: GuideTab): void {
    turned.value = true
    tab.value = id
  }

  async function copy(article: ArticleFound): Promise<void> {
    try {
      await navigator.clipboard.writeText(article.answer)
      ElMessage.success({ message: t('答复已复制。'), grouping: true })
    } catch {
      ElMessage.warning({ message: t('浏览器不允许复制，请选中文字后按 Ctrl+C。'), grouping: true })
    }
  }

  /** The article was read out: the question is answered and its order closed. */
  async function answered(article: ArticleFound): Promise<void> {
    const id = orders.order?.id
    if (id && isDraft.value) await once(() => orders.answer(id, answerText(article)))
  }

  async function missing(): Promise<void> {
    const text = knowledge.query.trim() || callerWords(calls.shown?.transcript ?? null)
    if (text.length < 2) {
      ElMessage.info({ message: t('请先输入来电人问的问题。'), grouping: true })
      return
    }
    await attempt(async () => {
      await knowledge.noteGap(text, callId.value)
      ElMessage.success({ message: t('已记下，交班长补充知识库。'), grouping: true })
    })
  }

  // --- the same matter ---------------------------------------------------------------------

  const told = computed(() => {
    const order = orders.order
    if (order?.status !== 'draft' || !order.fields.address) return null
    const { address, category_code, emergency, summary } = order.fields
    return [order.id, address, category_code, emergency, summary.length].join('|')
  })

  function compare(): void {
    const id = orders.order?.id ?? null
    void matters.load(told.value ? id : null).catch(() => undefined)
  }

  watch(
    told,
    (now) => {
      clearTimeout(comparing)
      if (!now) void matters.load(null)
      else comparing = setTimeout(compare, COMPARE_MS)
    },
    { immediate: true },
  )
  const again = setInterval(() => {
    if (told.value) compare()
  }, COMPARE_AGAIN_MS)

  const offers = computed(() => (matters.orderId === orders.order?.id ? matters.offers : []))

  async function merge(intoId: string | undefined): Promise<void> {
    const id = orders.order?.id
    if (!id || !intoId || !isDraft.value) return
    if (await once(() => orders.merge(id, intoId))) matters.clear()
    else compare()
  }

  async function split(): Promise<void> {
    const id = orders.order?.id
    if (id && orders.order?.status === 'merged') await once(() => orders.split(id))
  }

  onBeforeUnmount(() => {
    clearTimeout(proposing)
    clearTimeout(comparing)
    clearInterval(again)
  })

  return {
    tab,
    choose,
    articles,
    proposed,
    isDraft,
    category,
    guessed,
    offers,
    copy,
    answered,
    missing,
    merge,
    split,
    mergeFirst: () => merge(offers.value[0]?.order_id),
  }
}
